r"""Differentiable augmentation of all that a discriminator is shown, for few data.

In training the discriminator is D(T(x)), for whoever asks it: the losses of both players, real and
generated images, and the penalties, whose gradients go through T. T is one draw for each place in
the batch, so that real image i, generated image i and a penalty's points between them are changed
alike. Held-out images in `evaluate` are shown as they are.
"""

import math

import keras
from keras import ops

from keras_gan.core import names, noise, warping

Tensor = keras.KerasTensor

POLICY = ("color", "translation", "cutout")


class Augment:
    """Base of the augmentations: `augment(images, key)`, images of the same shape.

    One that adapts makes its `variables` in `build`, once, and moves them in `observe`; they are
    saved with the model. One such object serves one model.
    """

    name = "augment"
    variables = ()

    def build(self) -> None:
        """Makes the variables, if there are to be any. `compile` calls it."""

    def observe(self, real_sign: Tensor, count: Tensor) -> None:
        """Is told of each update of the critic, over all replicas.

        Args:
            real_sign: Mean sign of the real images' logits, in [-1, 1].
            count: Number of real images.
        """

    def __call__(self, images: Tensor, key: Tensor) -> Tensor:
        """Augmented float32 images.

        Args:
            images: `(batch, height, width, channels)` in [-1, 1], gray or RGB.
            key: int64 `(2,)`, from which `keras_gan.core.noise` draws all chance.
        """
        raise NotImplementedError

    def get_config(self) -> dict:
        return {}

    @classmethod
    def from_config(cls, config: dict) -> "Augment":
        return cls(**config)


@keras.saving.register_keras_serializable("keras_gan")
class NoAugment(Augment):
    """Leaves images as they are, where a class would augment them by itself."""

    name = "none"

    def __call__(self, images: Tensor, key: Tensor) -> Tensor:
        return images


@keras.saving.register_keras_serializable("keras_gan")
class DiffAugment(Augment):
    r"""Always on, the same strength for all images.

    color: x + U(-0.5, 0.5), then saturation times U(0, 2), then contrast times U(0.5, 1.5).
    translation: by whole pixels, up to an eighth of each side; what comes in is 0.
    cutout: a rectangle of half of each side, or another share, anywhere, becomes 0.

    Args:
        policy: Which of `"color"`, `"translation"`, `"cutout"`, at least one.
        cutout: The share of each side that is cut out, in (0, 1].

    Example:

    >>> gan.compile(augment=keras_gan.augment.DiffAugment(("translation", "cutout")))

    References:
        Zhao et al., 2020, https://arxiv.org/abs/2006.10738.
    """

    name = "diff_augment"

    def __init__(self, policy: tuple[str, ...] = POLICY, cutout: float = 0.5):
        policy = (policy,) if isinstance(policy, str) else tuple(policy)
        if not policy or set(policy) - set(POLICY):
            raise ValueError(f"Received: policy={policy!r}. Expected some of {', '.join(POLICY)}.")
        if not 0 < cutout <= 1:
            raise ValueError(f"A share is cut out. Received: cutout={cutout}. Expected (0, 1].")
        self.policy, self.cutout = policy, cutout

    def __call__(self, images: Tensor, key: Tensor) -> Tensor:
        u = noise.uniform((ops.shape(images)[0], 7), key)  # (B, 7) in [0, 1)
        if "color" in self.policy:
            images = _color(images, u[:, 0] - 0.5, u[:, 1] * 2.0, u[:, 2] + 0.5)
        if "translation" in self.policy:
            images = _translation(images, u[:, 3:5])
        if "cutout" in self.policy:
            images = _cutout(images, u[:, 5:7], self.cutout)
        return images

    def get_config(self) -> dict:
        return {"policy": self.policy, "cutout": self.cutout}


@keras.saving.register_keras_serializable("keras_gan")
class ADA(Augment):
    r"""As strong as the discriminator overfits: each change happens with probability p.

    r = E[sign(D(x))] over real images is 0 where the discriminator knows nothing of them and 1
    where it knows them by heart. After every `window` images p moves by
    sign(r - target) images / ramp, within [0, 1]. It starts at 0 and is logged as `augment_p`.

    The changes, in this order: mirroring; a turn by 0, 90, 180 or 270 degrees (square images only);
    a shift by whole pixels up to an eighth of the side; scaling by 2^N(0, 0.2^2); a rotation by any
    angle, stretching by 2^N(0, 0.2^2) of one axis against the other and another rotation (one of
    the two, or both, with probability p); a shift by N(0, 1) eighths of the side; brightness plus
    N(0, 0.2^2); contrast times 2^N(0, 0.5^2); the gray part times -1 in half of the cases; for RGB
    a turn of the hue by any angle and saturation times 2^N(0, 1).

    All of geometry is one look-up (`keras_gan.core.warping`) that reflects at the borders.

    Differs from the paper: the changes are those of the authors' default, `bgc`, without its
    filters of frequency bands, noise and cutout, for which the paper finds little use. For the
    look-up the authors make images twice as fine by a wavelet, look up twice as many pixels as
    they need along each side, and filter them back, which on a CPU takes 3 to 4 times as long.
    Here a windowed sinc makes them twice as fine, and a low-pass there, for the scaling but not for
    the stretching, stands in for the filter on the way back.

    Args:
        target: Of r, in (-1, 1). Logits above 0 must mean "real", so not for Wasserstein or
            relativistic losses, nor for least squares with targets 0 and 1.
        ramp: Images in which p can go from 0 to 1.
        window: Images over which r is averaged.

    References:
        Karras et al., 2020, https://arxiv.org/abs/2006.06676, sections 2 and 3, appendix B.
    """

    name = "ada"

    def __init__(self, target: float = 0.6, ramp: int = 500_000, window: int = 256):
        if not -1 < target < 1 or ramp < 1 or window < 1:
            raise ValueError(
                "ADA needs target in (-1, 1), ramp and window of at least 1. "
                f"Received: target={target}, ramp={ramp}, window={window}."
            )
        self.target = target
        self.ramp = ramp
        self.window = window

    def build(self) -> None:
        if not self.variables:
            # p, and of the window under way the sum of signs and the number of images
            self._state = keras.Variable("zeros", (3,), "float32", trainable=False, name=self.name)
            self.variables = (self._state,)

    @property
    def p(self) -> Tensor:
        """The probability of each change, now."""
        return self._state[0]

    def observe(self, real_sign: Tensor, count: Tensor) -> None:
        p, signs, images = ops.unstack(ops.convert_to_tensor(self._state), 3)
        signs, images = signs + real_sign * count, images + count
        move = ops.sign(signs / ops.maximum(images, 1.0) - self.target) * images / self.ramp
        moved = ops.stack([ops.clip(p + move, 0.0, 1.0), 0.0 * signs, 0.0 * images])
        full = images >= self.window
        self._state.assign(ops.where(full, moved, ops.stack([p, signs, images])))

    def __call__(self, images: Tensor, key: Tensor) -> Tensor:
        return _change(images, self.p, key)

    def get_config(self) -> dict:
        return {"target": self.target, "ramp": self.ramp, "window": self.window}


# -- DiffAugment's changes -------------------------------------------------------------------------


def _each(x: Tensor) -> Tensor:
    """(B,) as a factor of images (B, H, W, C)."""
    return ops.reshape(x, (-1, 1, 1, 1))


def _color(images: Tensor, brightness: Tensor, saturation: Tensor, contrast: Tensor) -> Tensor:
    images = images + _each(brightness)
    gray = ops.mean(images, axis=3, keepdims=True)
    images = gray + (images - gray) * _each(saturation)
    middle = ops.mean(images, axis=(1, 2, 3), keepdims=True)
    return middle + (images - middle) * _each(contrast)


def _translation(images: Tensor, u: Tensor) -> Tensor:
    _, height, width, _ = images.shape
    shifts = []
    for side, draw in zip((height, width), (u[:, 0], u[:, 1]), strict=True):
        most = (side + 4) // 8  # an eighth, halves rounded up
        shift = ops.floor(draw * (2 * most + 1)) - most  # (B,)
        pixel = ops.arange(side, dtype="float32")
        source = pixel[None, :] - shift[:, None]  # (B, side)
        shifts.append(ops.cast(source[:, :, None] == pixel, "float32"))  # (B, side, side)
    return ops.einsum("bhy,bwx,byxc->bhwc", *shifts, images)


def _cutout(images: Tensor, u: Tensor, share: float) -> Tensor:
    _, height, width, _ = images.shape
    cut = []
    for side, draw in zip((height, width), (u[:, 0], u[:, 1]), strict=True):
        size = math.floor(share * side + 0.5)
        start = ops.floor(draw * (side + 1 - size % 2)) - size // 2  # the middle is on the image
        pixel = ops.arange(side, dtype="float32")[None, :]
        cut.append((pixel >= start[:, None]) & (pixel < start[:, None] + size))  # (B, side)
    hole = cut[0][:, :, None] & cut[1][:, None, :]
    return ops.where(hole[..., None], 0.0, images)


# -- ADA's changes ---------------------------------------------------------------------------------


def _change(images: Tensor, p: Tensor, key: Tensor) -> Tensor:
    n, (_, height, width, channels) = ops.shape(images)[0], images.shape
    chance = noise.uniform((n, 13), noise.fold_in(key, 0))  # (B, 13): who gets which change
    u = noise.uniform((n, 8), noise.fold_in(key, 1))
    z = noise.normal((n, 7), noise.fold_in(key, 2))

    def one_of(k: int, value: Tensor, otherwise: float = 0.0, share: Tensor = p) -> Tensor:
        return ops.where(chance[:, k] < share, value, otherwise)

    def both(k: int, values: list[Tensor]) -> Tensor:
        return ops.stack([one_of(k, value) for value in values], axis=1)

    # geometry: where in the image each pixel comes from, around the middle
    mirror = one_of(0, ops.where(u[:, 0] < 0.5, -1.0, 1.0), 1.0)
    quarter = one_of(1, ops.floor(u[:, 1] * 4)) if height == width else ops.zeros_like(u[:, 1])
    sides = list(enumerate((height, width)))
    step = both(2, [ops.round((2 * u[:, 2 + k] - 1) * side / 8) for k, side in sides])
    scale = one_of(3, 2.0 ** (0.2 * z[:, 0]), 1.0)
    half = 1.0 - ops.sqrt(1.0 - p)  # one rotation or the other, or both, with probability p
    before, after = (
        _rotation(one_of(4 + k, (2 * u[:, 4 + k] - 1) * math.pi, share=half)) for k in (0, 1)
    )
    stretch = one_of(6, 2.0 ** (0.2 * z[:, 1]), 1.0)
    slide = both(7, [z[:, 2 + k] * side / 8 for k, side in sides])
    whole = _diagonal(ops.ones_like(mirror), mirror) @ _quarter_turn(quarter)
    matrix = whole @ before @ _diagonal(scale * stretch, scale / stretch) @ after
    shift = _times(matrix, slide) + _times(whole, step)
    images = warping.look_up(images, matrix, -shift, scale)

    # color: brightness, contrast, the gray part's sign, hue and saturation
    images = images + _each(one_of(8, 0.2 * z[:, 4]))
    images = images * _each(one_of(9, 2.0 ** (0.5 * z[:, 5]), 1.0))
    luma = one_of(10, ops.where(u[:, 6] < 0.5, -2.0, 0.0))
    images = images + _each(luma) * ops.mean(images, axis=3, keepdims=True)
    if channels == 3:
        hue = one_of(11, (2 * u[:, 7] - 1) * math.pi)
        saturation = one_of(12, 2.0 ** z[:, 6], 1.0)
        images = ops.einsum("bij,bhwj->bhwi", _hue_and_saturation(hue, saturation), images)
    return images


def _matrix(rows: list[list[Tensor]]) -> Tensor:
    """(B, 2, 2) of its entries (B,)."""
    return ops.stack([ops.stack(row, axis=1) for row in rows], axis=1)


def _times(matrix: Tensor, vector: Tensor) -> Tensor:
    """(B, 2, 2) times (B, 2)."""
    return (matrix @ vector[:, :, None])[:, :, 0]


def _diagonal(a: Tensor, b: Tensor) -> Tensor:
    return _matrix([[a, 0.0 * a], [0.0 * b, b]])


def _rotation(angle: Tensor) -> Tensor:
    c, s = ops.cos(angle), ops.sin(angle)
    return _matrix([[c, -s], [s, c]])


def _quarter_turn(k: Tensor) -> Tensor:
    """As `_rotation` by k quarters of a turn, without rounding."""
    c = ops.where(k == 0, 1.0, ops.where(k == 2, -1.0, 0.0))
    s = ops.where(k == 1, 1.0, ops.where(k == 3, -1.0, 0.0))
    return _matrix([[c, -s], [s, c]])


def _hue_and_saturation(hue: Tensor, saturation: Tensor) -> Tensor:
    """(B, 3, 3): keeps gray, turns all else around it (Rodrigues) and stretches it."""
    gray = ops.full((3, 3), 1 / 3, "float32")
    cross = ops.convert_to_tensor([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], "float32") / math.sqrt(3)
    c, s = (f(hue)[:, None, None] for f in (ops.cos, ops.sin))
    return gray + saturation[:, None, None] * (c * (ops.eye(3) - gray) + s * cross)


_NAMES = {"diff_augment": DiffAugment, "ada": ADA, "none": NoAugment}


def get(identifier: str | type[Augment] | Augment | None) -> Augment | None:
    """An augmentation by its name or class; an object, or None, passes as it is.

    Raises:
        ValueError: for a name that no augmentation has, or anything else.
    """
    augment = names.resolve("augment", identifier, _NAMES)
    if augment is not None and not isinstance(augment, Augment):
        raise ValueError(
            "An augmentation is a keras_gan.augment.Augment or its name. "
            f"Received: augment={augment!r}."
        )
    return augment
