"""Small models of one's own, made here: a spaCy pipeline, and token classifiers as ONNX and for transformers."""

import json
from pathlib import Path

import numpy as np
import onnx
import spacy
from spacy.training import Example
from thinc.api import fix_random_seed
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from backend.privacy.detect.fast.graph import FLOATS, NUMBERS, Graph

TAUGHT = [
    "La paciente [PER:Nieves Urrutia] vive en [LOC:Lepe] desde hace muchos años con su hermana.",
    "El señor [PER:Jacinto Revuelta] trabaja en [LOC:Cieza] y viene los martes a la consulta.",
    "Ayer llamó [PER:Nieves Urrutia] para decir que el informe de [ORG:Tasaciones Sur] está listo.",
    "El informe de la clínica llega mañana por la tarde y no hace falta firmar nada.",
    "La empresa [ORG:Tasaciones Sur] abre a las nueve y cierra cuando termina el trabajo.",
    "En [LOC:Lepe] hace calor, y el médico de [LOC:Cieza] no puede venir hasta el lunes.",
    "Mañana viene [PER:Jacinto Revuelta] con los papeles de la casa y su número de cuenta.",
]
"""Texts with what a pipeline is to mark in them."""


def spanish(folder: Path, label_of: str = "") -> Path:
    """Train a small Spanish pipeline, and write it into a folder.

    Args:
        folder: that is made.
        label_of: what takes the place of the label PER, if anything does.
    """
    fix_random_seed(7)
    nlp = spacy.blank("es")
    small = {"@architectures": "spacy.HashEmbedCNN.v2", "width": 32, "depth": 2, "embed_size": 500}
    tok2vec = {**small, "pretrained_vectors": None, "window_size": 1, "maxout_pieces": 2, "subword_features": True}
    architecture = {"@architectures": "spacy.TransitionBasedParser.v2", "state_type": "ner", "hidden_width": 32}
    rest = {"extra_state_tokens": False, "maxout_pieces": 2, "use_upper": True, "tok2vec": tok2vec}
    nlp.add_pipe("ner", config={"model": {**architecture, **rest}})
    examples = [_example(nlp, text.replace("[PER:", f"[{label_of or 'PER'}:")) for text in TAUGHT]
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(60):
        nlp.update(examples, sgd=optimizer)
    nlp.to_disk(folder)
    return folder


def _example(nlp, text: str) -> Example:
    plain, entities = "", []
    for part in text.replace("[", "\0[").replace("]", "]\0").split("\0"):
        if part.startswith("["):
            label, value = part[1:-1].split(":")
            entities.append((len(plain), len(plain) + len(value), label))
            part = value  # noqa: PLW2901
        plain += part
    return Example.from_dict(nlp.make_doc(plain), {"entities": entities})


LABELS = ["O", "B-PER", "I-PER", "B-LOC", "B-RARITY"]
WORDS = {"Jan": 1, "de": 0, "Vries": 2, "Utrecht": 3, "Zorgblad": 4}
"""What a classifier takes words for, by the number of the label; all others are nothing."""


def tokenizer(folder: Path) -> Tokenizer:
    """Write a tokenizer of words, with marks around a text, into a folder."""
    vocabulary = {word: number for number, word in enumerate(["[UNK]", "[CLS]", "[SEP]", *WORDS])}
    made = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)])
    made.save(str(folder / "tokenizer.json"))
    return made


def classifier(folder: Path) -> Path:
    """Write a token classifier in ONNX, which goes by the word alone, into a folder."""
    folder.mkdir()
    tokenizer(folder)
    values = np.zeros((3 + len(WORDS), len(LABELS)), np.float32)
    values[:, 0] = 5
    for place, label in enumerate(WORDS.values(), 3):
        values[place, 0], values[place, label] = 0, 5
    graph = Graph()
    graph.step("Gather", [graph.constant("table", values), "input_ids"], ["logits"])
    given = {"input_ids": (NUMBERS, (None, None)), "attention_mask": (NUMBERS, (None, None))}
    onnx.save(graph.model(given, {"logits": (FLOATS, (None, None, len(LABELS)))}), folder / "model.onnx")
    (folder / "config.json").write_text(json.dumps({"id2label": dict(enumerate(LABELS))}))
    return folder


def gliner(folder: Path) -> Path:
    """Write a GLiNER model of random weights in ONNX, with its tokenizer, into a folder. Needs its package."""
    import gliner
    import torch
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    encoder = folder.with_name("encoder")
    encoder.mkdir()
    marks = {"unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[UNK]"}
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer(encoder), **marks)
    fast.save_pretrained(encoder)
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    BertModel(BertConfig(vocab_size=len(fast), **sizes)).save_pretrained(encoder)
    model = gliner.GLiNER.from_config(
        gliner.GLiNERConfig(model_name=str(encoder), hidden_size=32, max_width=4, span_mode="markerV0", name="tiny")
    ).eval()
    model.save_pretrained(str(folder))
    model.export_to_onnx(str(folder))
    (folder / "pytorch_model.bin").unlink()
    return folder
