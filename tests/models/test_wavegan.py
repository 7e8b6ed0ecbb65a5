"""WaveGAN's networks beside the paper's table, and what makes of it a model of sound."""

import keras
import numpy as np
import pytest

import keras_gan
from keras_gan import builders
from keras_gan.core.kinds import Wave
from keras_gan.layers import PhaseShuffle


def convolutions(network):
    """Length and channels of each map, and the kernels' sizes and strides."""
    found = [
        x
        for x in network.layers
        if isinstance(x, keras.layers.Conv1D | keras.layers.Conv1DTranspose)
    ]
    assert {(x.kernel_size, x.strides, x.padding) for x in found} == {((25,), (4,), "same")}
    return [tuple(x.output.shape[1:]) for x in found]


def test_the_paper_s_networks():
    generator = builders.wavegan_generator((16384, 1))
    first = next(x for x in generator.layers if isinstance(x, keras.layers.Dense))
    assert first.units == 16 * 1024
    maps = [(64, 512), (256, 256), (1024, 128), (4096, 64), (16384, 1)]
    assert convolutions(generator) == maps
    critic = builders.wavegan_discriminator((16384, 1))
    assert convolutions(critic) == [(4096, 64), (1024, 128), (256, 256), (64, 512), (16, 1024)]
    shuffles = [x for x in critic.layers if isinstance(x, PhaseShuffle)]
    assert [x.n for x in shuffles] == [2] * 4
    assert tuple(shuffles[-1].output.shape[1:]) == (64, 512)
    assert not any(
        isinstance(x, keras.layers.BatchNormalization)
        for network in (generator, critic)
        for x in network.layers
    )


def test_other_lengths_have_other_numbers_of_layers():
    sizes = {16: [(16, 2)], 4096: [(64, 4), (256, 2), (1024, 1), (4096, 2)]}
    for length, maps in sizes.items():
        assert convolutions(builders.wavegan_generator((length, 2), 3, width=1)) == maps
    generator = builders.wavegan_generator((1000, 1), 3, width=1)
    assert convolutions(generator)[-1] == (1024, 1)
    assert generator.output_shape == (None, 1000, 1)
    assert builders.wavegan_discriminator((1000, 1), width=1).input_shape == (None, 1000, 1)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((8, 8, 1), r"wrong rank. .*Expected \(length, channels\), at least \(16, 1\)"),
        ((15, 1), "too small"),
        ((16, 0), "positive throughout"),
        (("a", 1), "whole numbers"),
    ],
)
def test_what_are_no_waves_is_refused(shape, message):
    for build in (builders.wavegan_generator, builders.wavegan_discriminator):
        with pytest.raises(ValueError, match=message):
            build(shape)
    with pytest.raises(ValueError, match="width=0"):
        builders.wavegan_generator((16, 1), width=0)


def test_it_makes_sound_at_the_paper_s_rate_or_another():
    gan = keras_gan.WaveGAN(image_shape=(16, 1), latent_dim=2, width=1)
    assert gan.kind == Wave(16_000)
    assert np.abs(gan.latents(np.array([[0, 1]])).numpy()).max() <= 1
    assert "kind" not in gan.get_config()
    other = keras_gan.WaveGAN(image_shape=(16, 1), latent_dim=2, width=1, kind=Wave(8000))
    assert keras_gan.WaveGAN.from_config(other.get_config()).kind == Wave(8000)
    other.compile(run_eagerly=True, n_critic=1)
    with pytest.raises(ValueError, match=r"Sound is out of range. .*x / 32768"):
        other.fit(np.full((4, 16, 1), 300.0), verbose=0)
    assert int(other.step.numpy()) == 0
