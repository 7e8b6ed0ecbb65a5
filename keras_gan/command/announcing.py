"""What is said before a training whose settings the data have chosen: what, why, the cost."""

from collections.abc import Callable

from keras_gan.runs.settings import Settings


def announcer(said: list[str]) -> Callable[[Settings, int], None] | None:
    """For `run.train`: prints why these settings, the cost, and what would change it.

    Args:
        said: What `choice.chosen` says of its settings; nothing for those of a paper.
    """
    if not said:
        return None
    why, change = said

    def announce(settings: Settings, images: int) -> None:
        print(why, cost(settings.images_per_second, images), change, sep="\n", flush=True)

    return announce


def cost(images_per_second: float | None, images: int) -> str:
    """What a run of so many images will cost."""
    length = f"{images / 1000:,.1f} kimg"
    if images_per_second is None:
        return f"Cost: {length}; the speed is not measured with --limit, or for few steps."
    minutes = images / images_per_second / 60
    lasts = f"{minutes:.1f} minutes" if minutes < 120 else f"{minutes / 60:.1f} hours"
    rate = f"{images_per_second:,.0f}" if images_per_second >= 10 else f"{images_per_second:.2g}"
    return f"Cost: {rate} images a second measured here, {length}: {lasts} to the end."
