"""What a class reaches on MNIST by the settings that `compile` takes from its paper.

    python -m benchmarks.quality.paper_settings --data-dir ../shared/data/tfds

Networks, batches and figures are those of `benchmarks.quality.family`, which has one recipe for all
classes; here optimizers and updates of the critic are the paper's too. WGAN stands beside itself
with the RMSprop that Keras makes of the same learning rate: rho 0.9, and an epsilon of 1e-7 inside
the root. The runs go to benchmarks/results/paper_settings.jsonl, and those that are there are not
run again.
"""

import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras

import keras_gan
from benchmarks.harness import command
from benchmarks.harness.record import Record, medians
from benchmarks.quality import family
from keras_gan import metrics
from keras_gan.metrics import Sample
from keras_gan.runs import reference

DATASET = "mnist"
STEPS = 1500  # of the generator
RATE = 5e-5
NETWORKS = ("generator", "discriminator")
SETTINGS = {
    "the paper's": lambda: {},
    "RMSprop as Keras has it": lambda: {
        f"{network}_optimizer": keras.optimizers.RMSprop(RATE) for network in NETWORKS
    },
}
FIGURES = {key: value for key, value in family.FIGURES.items() if key != "right_label"}


def run(
    settings: str, seed: int, data: reference.RealData, judge: metrics.Extractor, steps: int
) -> dict:
    """Trains WGAN and measures it."""
    held_out, train = data.held_out.images, data.train.images
    keras.utils.set_random_seed(seed)
    made = family.networks("WGAN", train.images.shape[1:], len(data.class_names))
    gan = keras_gan.WGAN(**made, seed=seed)
    gan.compile(**SETTINGS[settings](), steps_per_execution=family.EXECUTION)
    spent = family.fit(gan, train, steps * family.BATCH * gan.n_critic)
    n = min(family.SAMPLES, len(held_out.images))
    real = Sample(held_out.images[:n], held_out.labels[:n], cached=True)
    found = family.figures(real, Sample(gan.sample(n, seed=seed)), judge)
    return {"model": "WGAN", "settings": settings, "seed": seed} | spent | {"samples": n} | found


def table(rows: list[dict]) -> str:
    """The figures with either optimizer, as a Markdown table."""
    lines = family.table_lines("WGAN's settings", rows, "settings", SETTINGS, FIGURES)
    return (
        f"{lines}\n\n{medians(rows)}; {rows[0]['generator_steps']:,} steps of the generator, "
        f"{family.images_of(rows)} real images seen in batches of {family.BATCH}, networks of "
        f"width {family.WIDTH}; {rows[0]['samples']:,} samples against as many held-out images."
    )


def main(arguments: list[str] | None = None) -> None:
    parser = command.parser(__doc__, "--data-dir", "--seeds", "--minutes", "--results")
    parser.add_argument("--steps", type=int, default=STEPS, help="of the generator")
    options = parser.parse_args(arguments)
    end = time.monotonic() + 60 * options.minutes
    record = Record("paper_settings", options.results)
    data = reference.load(DATASET, data_dir=options.data_dir)
    judge, _ = reference.extractors(data)
    for seed in options.seeds:
        for settings in SETTINGS:
            if record.rows(settings=settings, seed=seed) or time.monotonic() > end:
                continue
            record.add(run(settings, seed, data, judge, options.steps), show=True)
            keras.backend.clear_session()
    print(table(record.rows()))


if __name__ == "__main__":
    main()
