"""AdaGAN. Tolstikhin et al., 2017, https://arxiv.org/abs/1701.02386

Idea: boosting: a new GAN each round, from scratch, on data of which those count more that the
mixture of the earlier ones misses, by a classifier that tells data from the mixture.
Differs from the paper: the classifier learns along with each round and not after it; the weights
are worked out on each batch, of which data are drawn by them; the networks of DCGAN.
"""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_gan import losses
from keras_gan.builders import dcgan_discriminator, dcgan_generator
from keras_gan.core import noise, priors
from keras_gan.core.networks import copy_of
from keras_gan.engine import checks
from keras_gan.engine.gan import GAN
from keras_gan.engine.model import call_network
from keras_gan.engine.outputs import Batch, Outputs, Terms
from keras_gan.engine.updates import begin_anew

DRAWN = 1 << 23  # the key of which data a step sees, beyond those of the engine
SURE = 8.0  # logits of the classifier count up to here: a ratio of densities of 3,000


@keras.saving.register_keras_serializable("keras_gan")
class AdaGAN(GAN):
    r"""A mixture of generators, each of which learns what the earlier ones miss.

    In round t, with r the ratio of the mixture's density to that of the data by the classifier,
    data count as max(0, lambda - (1 - 1/t) r), where lambda is such that these are t-th parts of a
    whole. What is drawn is a mixture of all generators so far, the one that is learning included.
    The classifier's loss is logged as `classifier_loss`, t as `round`.

    Any class of one generator and one discriminator, which gives logits alone, is boosted by two
    names, its own first: `class AdaWGANGP(keras_gan.WGANGP, keras_gan.AdaGAN)`.

    Args:
        image_shape: `(height, width, channels)`.
        rounds: Number of generators.
        epochs_per_round: Epochs of `fit`, in one call or several, after which the next one begins;
            the last one goes on learning. `fit(epochs=rounds * epochs_per_round)` is a training.
        latent_dim: Length of the latent vectors, whose last number is the place in the mixture.
            101 if not given.
        width: Filters of the layers next to the image; deeper ones have more.
        prior: Of latents without the place.
        classifier: Keras model from what the discriminator takes to logits; if not given, another
            one of the discriminator's layers.

    The other arguments are those of `keras_gan.GAN`.

    Example:

    >>> gan = keras_gan.AdaGAN(image_shape=(28, 28, 1), rounds=4, epochs_per_round=5)
    >>> gan.compile()
    >>> gan.fit(images, epochs=20)

    References:
        Tolstikhin et al., 2017, https://arxiv.org/abs/1701.02386, algorithm 1 and theorem 4.
    """

    networks = (*GAN.networks, "classifier")

    build_generator = staticmethod(dcgan_generator)
    build_discriminator = staticmethod(dcgan_discriminator)

    def __init__(self, *networks: Any, rounds: int = 5, epochs_per_round: int = 10, **options: Any):
        checks.check_count("rounds", rounds)
        checks.check_count("epochs_per_round", epochs_per_round)
        self.rounds, self.epochs_per_round = rounds, epochs_per_round
        super().__init__(*networks, **options)
        self.components = [_at_rest(self.generator) for _ in range(rounds - 1)]
        self.judge = _at_rest(self.classifier)
        self.round, self.begun, self.since = (
            self.add_weight(
                name=name,
                shape=(),
                dtype="int64",
                initializer="zeros",
                trainable=False,
                aggregation="only_first_replica",
            )
            for name in ("round", "begun", "since")  # the last in epochs of the round, and in steps
        )

    def build_network(self, name: str, **options: Any) -> keras.Model:
        if name == self.sampler and "latent_dim" in options:
            checks.check_count("latent_dim", options["latent_dim"])
            if options["latent_dim"] < 2:
                raise ValueError(
                    "The last of the latents is the place in the mixture, the others are noise. "
                    "Received: latent_dim=1. Expected at least 2."
                )
            options["latent_dim"] -= 1
        return super().build_network(name, **options)

    def build_classifier(self, image_shape: tuple[int, ...], **options: Any) -> keras.Model:
        return keras.models.clone_model(self.discriminator)

    def describe_samples(self) -> None:
        super().describe_samples()
        self.latent_dim += 1

    def check_networks(self) -> None:
        if self.networks != AdaGAN.networks or self.critic_outputs != GAN.critic_outputs:
            raise ValueError(
                "AdaGAN boosts classes of one generator and one discriminator that gives logits "
                f"alone. Received: {type(self).__name__} of {', '.join(self.networks)}, with "
                f"{', '.join(self.critic_outputs)}."
            )
        super().check_networks()
        self.prior = priors.ending_in(priors.Place(), self.prior, self.latent_dim)

    def defaults(self) -> dict[str, Any]:
        adam = self.each_optimizer(lambda: keras.optimizers.Adam(2e-4, beta_1=0.5))
        return {"loss": losses.NonSaturating(), **adam}

    # -- rounds ----------------------------------------------------------------------------------

    def before_epoch(self) -> None:
        super().before_epoch()
        done = self.begun.numpy() == self.epochs_per_round
        if done and self.round.numpy() + 1 < self.rounds:
            self._begin_round()
        self.begun.assign_add(1)

    def _begin_round(self) -> None:
        """Keeps what has been learnt so far, and gives the players first weights."""
        number = int(self.round.numpy())
        self.components[number].set_weights(self.ema_generator.get_weights())
        self.judge.set_weights(self.classifier.get_weights())
        for k, name in enumerate(GAN.networks):
            seed = noise.key(self.seed, number, k)[0]
            begin_anew(getattr(self, name), self._optimizer(name), int(seed))
        self.ema_generator.set_weights(self.generator.get_weights())
        self.since.assign(self.step.numpy())
        self.round.assign_add(1)
        self.begun.assign(0)

    def averaged_steps(self) -> Any:
        return self.step.value - self.since.value

    def state_logs(self) -> dict[str, Any]:
        return super().state_logs() | {"round": ops.cast(self.round.value + 1, "float32")}

    # -- the mixture -----------------------------------------------------------------------------

    def generate(self, latents: Any, condition: Any, training: bool) -> Any:
        if training:
            latents, _ = self._split(latents)
        return super().generate(latents, condition, training)

    def in_use(self, latents: Any, condition: Any, training: bool = False) -> Any:
        latents, place = self._split(latents)
        count = self.round.value + 1
        chosen = ops.cast(ops.floor(place[:, 0] * ops.cast(count, "float32")), "int64")
        samples = super().in_use(latents, condition, training)
        chosen = ops.reshape(chosen, (-1, *(1 for _ in samples.shape[1:])))
        for k, component in enumerate(self.components):
            made = self._made_by(component, latents, condition, False)
            samples = ops.where((chosen == k) & (k + 1 < count), made, samples)
        return samples

    def _split(self, latents: Any) -> tuple[Any, Any]:
        return ops.split(latents, [self.latent_dim - 1], axis=-1)

    # -- the game --------------------------------------------------------------------------------

    def forward(self, batch: Batch, training: bool) -> Outputs:
        """In a step the data are those of the batch that count, some of them several times."""
        seen = batch
        if training:
            rows = self.rows_drawn(batch)
            real, condition = keras.tree.map_structure(
                lambda x: None if x is None else ops.take(x, rows, axis=0),
                (batch.real, batch.condition),
            )
            seen = batch._replace(real=real, condition=condition)
        return super().forward(seen, training)._replace(extra=batch)

    def rows_drawn(self, batch: Batch) -> Any:
        """Rows of a batch by their weights: each as often as it counts, rounded by chance."""
        logits = self._says(self.judge, batch.real, batch.condition, False)
        logits = ops.mean(ops.reshape(logits, (ops.shape(logits)[0], -1)), axis=1)
        ratio = ops.exp(-ops.clip(logits, -SURE, SURE))
        share = 1.0 / ops.cast(self.round.value + 1, "float32")
        return drawn_by(weights(ratio, share), noise.uniform((), noise.fold_in(batch.key, DRAWN)))

    def player_terms(self, out: Outputs) -> Terms:
        data = out.extra
        mixture = self.in_use(data.latents, data.condition)
        says = [
            self._says(self.classifier, samples, data.condition, out.training)
            for samples in (data.real, ops.stop_gradient(mixture))
        ]
        missed = losses.NonSaturating().discriminator(*says)
        return super().player_terms(out) | {"classifier": {"classifier_loss": missed}}

    def _says(self, network: keras.Model, samples: Any, condition: Any, training: bool) -> Any:
        """Logits of the classifier, or of the one that it was at the end of the last round."""
        condition = condition if len(network.inputs) > 1 else None
        return call_network(network, samples, condition, training)


def weights(ratio: Any, share: Any) -> Any:
    """How much data count for a new part of a mixture: max(0, lambda - (1 - share) ratio).

    Args:
        ratio: Densities of the mixture over those of the data, `(n,)`.
        share: Of the new part in the mixture to come.

    Returns:
        float32 `(n,)`; the mean is `share`, by which lambda is found.
    """
    held = (1.0 - share) * ratio
    rising = ops.sort(held)
    counts = ops.cast(ops.arange(1, ops.shape(held)[0] + 1), "float32")
    n = ops.cast(ops.shape(held)[0], "float32")
    levels = (n * share + ops.cumsum(rising)) / counts
    last = ops.sum(ops.cast(levels >= rising, "int32")) - 1
    return ops.relu(ops.take(levels, last) - held)


def drawn_by(weight: Any, start: Any) -> Any:
    """As many rows as there are, row i n weight_i / sum(weight) times, rounded up or down.

    Args:
        weight: `(n,)`, at least 0, not all 0.
        start: Of n places at a distance of 1, in [0, 1): where chance comes from.
    """
    n = ops.shape(weight)[0]
    ends = ops.cumsum(weight)
    ends = ends / ends[-1] * ops.cast(n, "float32")
    places = ops.cast(ops.arange(n), "float32") + start
    return ops.minimum(ops.searchsorted(ends, places, side="right"), n - 1)


def _at_rest(network: keras.Model) -> keras.Model:
    """A network of the same layers that is not trained, and of no weight before it is used."""
    copy = copy_of(network)
    copy.trainable = False
    copy.set_weights([np.zeros_like(weight) for weight in copy.get_weights()])
    return copy
