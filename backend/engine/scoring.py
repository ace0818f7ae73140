"""How sure a task's answers are: by the probabilities of their tokens, or by asking again and comparing."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from backend.engine.ask import AskResult
from backend.engine.persistence import Persistence
from backend.engine.prepare import PreparedCalls
from backend.errors import BatchedError, DeadlineError, LabelguardError
from backend.model.answer.leniency import answer_shape
from backend.model.answer.score import NO_SCORES, score_answer
from backend.model.gateway import Reply
from backend.prompting.answer_form import Answer
from backend.prompting.calls import Call
from backend.results.regions import Results
from backend.results.scores import agreed
from backend.system.offload import off_loop

log = logging.getLogger("labelguard.pipeline")


def add_answer(results: Results, call: Call, reply: Reply[Answer]) -> None:
    """Add an answer to a task's results, with scores where the provider told the probabilities of its tokens."""
    scores = NO_SCORES
    if reply.logprobs:
        scores = score_answer(reply.logprobs, reply.content, answer_shape(type(reply.answer)).schema)
    results.add(call.question, reply.answer, call.pieces, scores)


async def score_by_agreement(
    results: Results,
    asked: Sequence[AskResult],
    ready: PreparedCalls,
    persistence: Persistence,
    begin: Callable[[], Results],
) -> None:
    """Score results by further answers to the same calls, where the rule wants it and nothing else tells.

    A further answer that cannot be had costs the task nothing.

    Args:
        results: of the answers that are taken.
        asked: those answers.
        ready: the task's calls.
        persistence: asks for answers.
        begin: makes results that hold nothing yet.

    Raises:
        BatchedError: an answer waits in a batch.
        DeadlineError: who asked is answered by now.
    """
    sampling = ready.decision.scores
    if sampling is None or not ready.calls or any(one.reply.logprobs for one in asked):
        return
    contexts = [
        replace(persistence.call_context, sample=number, temperature=sampling.temperature)
        for number in range(1, sampling.samples)
    ]
    samples = [_sample(ready, replace(persistence, call_context=context), begin) for context in contexts]
    found = await asyncio.gather(*samples, return_exceptions=True)
    for failed in found:
        if isinstance(failed, BaseException):
            raise failed
    others = [sample.answers for sample in found if isinstance(sample, Results)]
    score = partial(agreed, ready.prepared.plan.controls, results.answers, others)
    results.answers, results.ends = await off_loop(ready.size, score)


async def _sample(ready: PreparedCalls, persistence: Persistence, begin: Callable[[], Results]) -> Results | None:
    """Return what comes of one further answer; None if there is none."""
    results = await off_loop(ready.size, begin)
    try:
        async for call, answer in persistence.all_answers(ready.calls):
            await off_loop(ready.size, partial(results.add, call.question, answer.reply.answer, call.pieces))
    except (BatchedError, DeadlineError):
        raise
    except LabelguardError as error:
        log.info("rule %s: no further answer to score by (%s)", ready.decision.rule, error.code)
        return None
    return results
