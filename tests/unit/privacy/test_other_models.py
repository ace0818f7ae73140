"""Languages by models of packages that we do not bring: tested where they are installed."""

import pytest

from backend.privacy.detect.fast.classifier import Classifier
from backend.privacy.detect.packaged import PackageNames
from backend.privacy.packages.labels import ASKED
from backend.privacy.types import Package
from tests.unit.privacy.detect import models

DUTCH = "Gisteren belde Jan de Vries uit Utrecht over zijn rekening en vroeg hij om een nieuwe afspraak met de arts."


def test_transformers_reads_safetensors(tmp_path):
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    made = models.tokenizer(tmp_path)
    names = dict(enumerate(models.LABELS))
    torch.manual_seed(3)
    sizes = {"vocab_size": made.get_vocab_size(), "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = transformers.BertConfig(**sizes, intermediate_size=16, id2label=names, max_position_embeddings=512)
    model = transformers.BertForTokenClassification(config).eval()
    model.save_pretrained(tmp_path)
    assert (tmp_path / "model.safetensors").is_file()
    reader = Classifier(tmp_path)
    with torch.inference_mode():
        wanted = model(input_ids=torch.tensor([made.encode(DUTCH).ids])).logits[0, 1:-1].softmax(-1).numpy()
    assert abs(reader._chances(made.encode(DUTCH, add_special_tokens=False).ids) - wanted).max() < 1e-5


def test_gliner_reads_onnx(tmp_path):
    pytest.importorskip("gliner")
    package = Package("nl", "gliner", str(models.gliner(tmp_path / "nl")))
    results = PackageNames(package).analyze(DUTCH, [])
    assert results  # of random weights, at random places
    assert {result.entity_type for result in results} <= set(ASKED.values())
    assert all(0 <= result.start < result.end <= len(DUTCH) for result in results)
