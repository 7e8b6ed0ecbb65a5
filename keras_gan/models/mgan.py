"""MGAN. Hoang et al., 2018, https://arxiv.org/abs/1708.02556

Idea: several generators that share all but their first layer, and a classifier on the
discriminator's features that tells them apart; they want to be told apart, and so divide the modes
among themselves.
Differs from the paper: the networks of DCGAN; each sample has latents and a generator of its own,
where the authors' code makes a part by each generator of the same latents.
"""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_gan import losses
from keras_gan.builders import acgan_discriminator, mgan_generator
from keras_gan.builders.mgan import NUM_GENERATORS, OWN, check_room
from keras_gan.core import priors
from keras_gan.engine import checks, inputs
from keras_gan.engine.gan import GAN
from keras_gan.engine.outputs import Outputs


@keras.saving.register_keras_serializable("keras_gan")
class MGAN(GAN):
    """Several generators in one network, of which each sample's latents choose one.

    Let o be the cross-entropy of the generator that a sample is from. The discriminator minimises
    the loss of the game + o, logged as `d_origin`, the generators the loss of the game +
    diversity_weight o, logged as `g_origin`.

    Args:
        image_shape: `(height, width, channels)`.
        num_generators: Number of generators, at least 2. 10 if not given.
        diversity_weight: The paper's beta, which has 0.01 for CIFAR-10 and up to 1 for others.
        latent_dim: Length of the latent vectors. The last `num_generators` numbers of each are
            zeros and a one for its generator; 100 more than those if not given.
        width: Filters of the layers next to the image; deeper ones have more.
        prior: Of the noise alone, U(-1, 1) if not given; or of whole latents, a `Joined` that ends
            in a `OneHot` of as many weights as there are generators.

    The other arguments are those of `keras_gan.GAN`. A discriminator of the user's own takes images
    alone and gives logits and logits of the generators `(batch, num_generators)`.

    Example:

    >>> gan = keras_gan.MGAN(image_shape=(28, 28, 1), num_generators=5)
    >>> gan.compile()
    >>> gan.fit(images, epochs=20)
    >>> gan.sample_from(3, 64, seed=0).shape
    (64, 28, 28, 1)

    References:
        Hoang et al., 2018, https://arxiv.org/abs/1708.02556.
    """

    critic_outputs = ("scores", "generators")
    prior = priors.Uniform()

    def __init__(
        self,
        *networks: Any,
        num_generators: int | None = None,
        diversity_weight: float = 0.01,
        **options: Any,
    ):
        self.num_generators, self.diversity_weight = num_generators, diversity_weight
        super().__init__(*networks, **options)

    def build_generator(self, image_shape: tuple[int, ...], **options: Any) -> keras.Model:
        return mgan_generator(image_shape, self._number, **options)

    def build_discriminator(self, image_shape: tuple[int, ...], **options: Any) -> keras.Model:
        return acgan_discriminator(image_shape, self._number, batch_norm=True, **options)

    @property
    def _number(self) -> int:
        return NUM_GENERATORS if self.num_generators is None else self.num_generators

    def check_networks(self) -> None:
        super().check_networks()
        asked, self.num_generators = self.num_generators, checks.logits(self.discriminator, 1)
        checks.check_given(self, num_generators=asked)
        check_room(self.latent_dim, self.num_generators)
        choice = priors.OneHot(self.num_generators)
        self.prior = priors.ending_in(choice, self.prior, self.latent_dim)

    def defaults(self) -> dict[str, Any]:
        adam = self.each_optimizer(lambda: keras.optimizers.Adam(2e-4, beta_1=0.5))
        return {"loss": losses.NonSaturating(), **adam}

    # -- the game --------------------------------------------------------------------------------

    def extra_terms(self) -> tuple[str, ...]:
        return ("d_origin", "g_origin")

    def discriminator_terms(self, out: Outputs) -> dict[str, Any]:
        return super().discriminator_terms(out) | {"d_origin": self._origin(out)}

    def generator_terms(self, out: Outputs) -> dict[str, Any]:
        origin = self.diversity_weight * self._origin(out)
        return super().generator_terms(out) | {"g_origin": origin}

    def _origin(self, out: Outputs) -> Any:
        """-log of the share that the classifier gives to the generator, the mean over a batch."""
        choice = self.prior.split(out.latents)[-1]
        logits = out.on_fake["generators"]
        return ops.mean(ops.categorical_crossentropy(choice, logits, from_logits=True))

    # -- use -------------------------------------------------------------------------------------

    def sample_from(
        self,
        generator: int,
        n: int | None = None,
        seed: int | None = None,
        *,
        seeds: list[int] | None = None,
        truncation: float = 1.0,
    ) -> np.ndarray:
        """Draws images from one of the generators; `sample` draws a generator for each.

        Args:
            generator: Its number, from 0 to num_generators - 1.
            n, seed, seeds, truncation: As in `sample`. The same seed is the same noise, whichever
                the generator.

        Returns:
            float32 array `(n, height, width, channels)` in [-1, 1].

        Raises:
            ValueError: for a generator that there is not.
        """
        checks.check_number("generator", generator, self.num_generators)
        rows, _ = inputs.sampling(self, n, None, seed, seeds, truncation)
        *noise, choice = self.prior.split(self.prior.truncate(self.latents(rows), truncation))
        choice = ops.one_hot(np.full(len(rows), generator), self.num_generators)
        return self.samples_of(ops.concatenate([*noise, choice], axis=-1))

    @property
    def shared_weights(self) -> int:
        """How many numbers of the generator's weights all generators share.

        The others, `generator.count_params() - shared_weights`, are those of the layers whose names
        begin with "generators": an equal part of them for each.
        """
        shared = [x for x in self.generator.layers if not x.name.startswith(OWN)]
        return sum(layer.count_params() for layer in shared)
