"""CycleGAN. Zhu et al., 2017, https://arxiv.org/abs/1703.10593

Idea: two translators between two kinds of pictures that nobody has paired: each fools a critic of
the kind that it makes, and one after the other they give back what they were given.
Differs from the paper: 3 blocks below 64 pixels, patches of 34, no crops; a constant learning rate.
"""

from typing import Any

import keras

from keras_gan import losses
from keras_gan.builders import cyclegan_discriminator, cyclegan_generator
from keras_gan.engine.outputs import Batch, Outputs, Terms
from keras_gan.engine.pool import Pool
from keras_gan.engine.translating import Translates
from keras_gan.reconstruction import l1


@keras.saving.register_keras_serializable("keras_gan")
class CycleGAN(Translates):
    r"""Translates pictures a into pictures b, and back. A batch is `(a, b)`, which are no pairs.

    A generator minimises E[(D(G(x)) - 1)^2] + cycle_weight (`cycle` + identity_weight `identity`),
    the L1 distance of both kinds from what went there and back, and of a kind from what its own
    generator makes of it. `samples_for`, and so the metrics, make pictures a from pictures b.

    Args:
        condition_shape: Shape of b, if it is not the `image_shape`, that of a.
        cycle_weight, identity_weight: As above; an identity needs the same shape on both sides.
        pool_size: Earlier translations, of which critics are shown half of the time.

    The other arguments are those of `keras_gan.GAN`, and the four `networks`.

    Example:

    >>> gan.fit(keras_gan.data.unpaired(photos, paintings), epochs=20)
    >>> paintings = gan.translate(photos[:5], "ab")

    References:
        Zhu et al., 2017, https://arxiv.org/abs/1703.10593.
    """

    networks = ("generator_ab", "generator_ba", "discriminator_a", "discriminator_b")
    critics, averaged = networks[2:], networks[:2]
    condition_from = "unpaired"

    def __init__(
        self,
        *networks: Any,
        cycle_weight: float = 10.0,
        identity_weight: float = 0.5,
        pool_size: int = 50,
        **options: Any,
    ):
        self.pool_size = pool_size
        self.cycle_weight, self.identity_weight = cycle_weight, identity_weight
        super().__init__(*networks, **options)
        self._pools = [Pool(self, pool_size, s) for s in (self.image_shape, self.condition_shape)]

    def build_network(self, name: str, **options: Any) -> keras.Model:
        a, b = self.image_shape, self.condition_shape or self.image_shape
        shapes = (a, b) if name.endswith("a") else (b, a)  # made, given
        if name in self.critics:
            return cyclegan_discriminator(shapes[0], **options)
        return cyclegan_generator(*shapes, **options)

    def defaults(self) -> dict[str, Any]:
        adam = self.each_optimizer(lambda: keras.optimizers.Adam(2e-4, beta_1=0.5))
        return {"loss": losses.LeastSquares(), **adam}

    def forward(self, batch: Batch, training: bool) -> Outputs:
        fake = self.exchanged(batch.real, batch.condition, training)
        return Outputs(batch, fake, training=training)

    def views(self, out: Outputs) -> dict[str, tuple]:
        a, b = (pool.exchange(x, out) for pool, x in zip(self._pools, out.fake, strict=True))
        return {"discriminator_a": (out.real, a), "discriminator_b": (out.condition, b)}

    def discriminator_terms(self, out: Outputs) -> dict[str, Any]:
        return {name: term / 2.0 for name, term in super().discriminator_terms(out).items()}

    def extra_terms(self) -> tuple[str, ...]:
        return ("cycle", "identity_ab", "identity_ba")

    def player_terms(self, out: Outputs) -> Terms:
        (fake_a, fake_b), (a, b) = out.fake, (out.real, out.condition)
        back_a, back_b = self.exchanged(fake_a, fake_b, out.training)
        cycle = {"cycle": self.cycle_weight * (l1(a, back_a) + l1(b, back_b))}

        def terms(way: str, critic: str, fake: Any, kind: Any) -> dict[str, Any]:
            same = self.translated(kind, way, out.training) if self.identity_weight else kind
            identity = self.cycle_weight * self.identity_weight * l1(kind, same)
            fooled = self.fooled(critic, fake, out)
            return {f"g_loss_{way}": fooled, f"identity_{way}": identity} | cycle

        return {
            "generator_ab": terms("ab", "discriminator_b", fake_b, b),
            "generator_ba": terms("ba", "discriminator_a", fake_a, a),
        }
