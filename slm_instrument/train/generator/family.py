"""The generator families: a language model that is shown examples, and one that is fine-tuned."""

from collections.abc import Sequence

import torch

from slm_instrument.curate.sample import Sample
from slm_instrument.errors import ConfigError, InputError
from slm_instrument.train.family import Job, Made
from slm_instrument.train.generator.base_lm import BaseLM, find_base
from slm_instrument.train.generator.data import Example, encode
from slm_instrument.train.generator.export_parity import PARITY_PROMPTS
from slm_instrument.train.generator.export_spec import Wording, generator_spec, most_tokens
from slm_instrument.train.generator.export_student import Trained, export_student
from slm_instrument.train.generator.lesson import learn_wording
from slm_instrument.train.generator.model import check_method, reader, restored
from slm_instrument.train.generator.place import find_place
from slm_instrument.train.generator.recipe import Recipe
from slm_instrument.train.generator.shots import choose_shots
from slm_instrument.train.generator.training import fine_tune, share_right

_TRIED = 32  # validation calls that say whether showing examples is worth an export
_HOPELESS = 0.05  # share of them
_SHOWN_CHARACTERS = 4000  # some thousand tokens, which are read once and kept


class GeneratorFamily:
    """Fine-tunes a small language model on the slots of a task's calls."""

    name = "generator"

    def check(self, base: str | None) -> None:
        """The language model must be there, and state a licence."""
        find_base(base)

    def objection(self, job: Job) -> str | None:
        """It writes whatever there is to write, if the machine can train it."""
        try:
            check_method(job.options.method, find_place())
        except ConfigError as error:
            return str(error)
        return None

    def make(self, job: Job) -> Made:
        """Fine-tune, and export what was learned."""
        base = find_base(job.base, job.listener)
        wording = learn_wording(base, job.dataset.training)
        recipe = _recipe(job)
        tuned = fine_tune(
            base,
            _encoded(job.dataset.training, wording, base),
            _encoded(job.dataset.validation, wording, base),
            job.workspace / "trained",
            recipe=recipe,
            checkpoints=job.checkpoints,
            listener=job.listener,
        )
        whole = recipe.method == "full"
        made = _exported(
            job,
            base,
            wording,
            Trained(
                folder=tuned.folder if whole else base.path,
                base=None if whole else base.base.sha256,
                adapter=None if whole else tuned.folder,
                logits=reader(restored(base, tuned.folder, recipe)),
            ),
            epochs=tuned.epochs,
        )
        tuned.keeper.clear()
        return made


class FewShotFamily:
    """Shows a language model examples before every call; nothing is trained."""

    name = "few-shot"

    def check(self, base: str | None) -> None:
        """The language model must be there, and state a licence."""
        find_base(base)

    def objection(self, job: Job) -> str | None:
        """A model that gives next to no validation answer is not worth exporting."""
        try:
            base, wording, shots = _shown(job)
            held_out = _encoded(job.dataset.validation[:_TRIED], wording, base)
            right = share_right(base.load(dtype=torch.float32), held_out)
        except (ConfigError, InputError) as error:  # cheaper students that were found must not be lost by it
            return str(error)
        if right > _HOPELESS:
            return None
        return f"shown {shots} examples, {base.base.name} gives {right:.0%} of {len(held_out)} validation answers"

    def make(self, job: Job) -> Made:
        """Export the model as it is, with the examples in front."""
        base, wording, _ = _shown(job)
        trained = Trained(
            folder=base.path, base=base.base.sha256, adapter=None, logits=reader(base.load(dtype=torch.float32))
        )
        return _exported(job, base, wording, trained, epochs=0)


GENERATOR = GeneratorFamily()
FEW_SHOT = FewShotFamily()


def _recipe(job: Job) -> Recipe:
    options = job.options
    return Recipe(method=options.method, epochs=options.epochs, seed=options.seed, teacher=options.teacher)


def _shown(job: Job) -> tuple[BaseLM, Wording, int]:
    base = find_base(job.base, job.listener)
    shots = choose_shots(job.dataset.training, min(_SHOWN_CHARACTERS, base.context // 2))
    return base, learn_wording(base, job.dataset.training, shots), len(shots)


def _encoded(samples: Sequence[Sample], wording: Wording, base: BaseLM) -> list[Example]:
    return encode(samples, wording.prompter, wording.form, wording.ends[0], base.context)


def _exported(job: Job, base: BaseLM, wording: Wording, trained: Trained, *, epochs: int) -> Made:
    prompter = wording.prompter
    held_out = [prompter.encode(sample.text) for sample in (*job.dataset.validation, *job.dataset.calibration)]
    answers = [prompter.plain(wording.form.target(sample.answer)) for sample in job.dataset.training]
    exported = export_student(
        trained,
        [prompt.ids for prompt in held_out if not prompt.too_long][:PARITY_PROMPTS],
        job.workspace,
        precision=job.options.precision,
        ends=wording.ends,
        most=most_tokens(answers),
        listener=job.listener,
    )
    spec, files = generator_spec(
        wording, job.task.schemas, job.dataset.training, base=exported.base, folder=job.workspace
    )
    return Made(
        spec=spec,
        files={**files, **exported.files},
        bases=exported.bases,
        parity=exported.parity,
        base_model=base.base,
        epochs=epochs,
    )
