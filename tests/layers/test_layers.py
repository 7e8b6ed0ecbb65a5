"""Layers against numpy, in both precisions, and what of them moves when."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from by_hand import played
from conftest import build

import keras_gan
from keras_gan import layers
from keras_gan.core.autodiff import input_gradient

Spectral = layers.SpectralNormalization
RNG = np.random.default_rng(0)


def normal(*shape):
    return RNG.normal(size=shape).astype("float32")


def round_trip(layer, *inputs):
    """The layer in a model that went through a file's configuration and weights."""
    given = [keras.Input(x.shape[1:], dtype=x.dtype) for x in inputs]
    given = given if len(given) > 1 else given[0]
    model = keras.Model(given, layer(given))
    again = keras.Model.from_config(model.get_config())
    again.set_weights(model.get_weights())
    x = list(inputs) if len(inputs) > 1 else inputs[0]
    np.testing.assert_array_equal(model(x, training=False), again(x, training=False))
    return model


# -- spectral normalization ------------------------------------------------------------------------


def matrix(layer):
    kernel = layer.kernel.numpy().astype("float64")
    return kernel.reshape(-1, kernel.shape[-1])


def power_method(w, u, steps):
    for _ in range(steps):
        v = w @ u
        u = w.T @ (v / np.linalg.norm(v))
        u = u / np.linalg.norm(u)
    return u


@pytest.mark.parametrize(
    ("inner", "shape"),
    [
        (lambda: keras.layers.Dense(5), (3, 4)),
        (lambda: keras.layers.Conv2D(6, 3, strides=2), (2, 7, 7, 3)),
        (lambda: keras.layers.Conv2DTranspose(3, 3), (2, 4, 4, 3)),
    ],
)
def test_spectral_norm_follows_the_power_method_to_the_svd(inner, shape):
    layer = Spectral(inner())
    x = normal(*shape)
    layer.build(shape)
    layer.layer.bias.assign(normal(*layer.layer.bias.shape))
    w, u = matrix(layer), layer.vector.numpy().astype("float64")
    kernel = layer.kernel.numpy()
    for _ in range(3):
        layer(x, training=True)
        u = power_method(w, u, 1)
        np.testing.assert_allclose(layer.vector.numpy(), u, atol=1e-5)
    for _ in range(200):
        layer(x, training=True)
    plain = type(layer.layer).from_config(layer.layer.get_config())
    plain.build(shape)
    sigma = np.linalg.svd(w, compute_uv=False)[0]
    plain.set_weights([kernel / sigma, layer.layer.bias.numpy()])
    np.testing.assert_allclose(layer(x, training=False), plain(x), atol=1e-5)
    np.testing.assert_array_equal(layer.kernel.numpy(), kernel)  # nobody overwrites it


@pytest.mark.parametrize("training", [False, True])
def test_the_gradient_goes_through_sigma(training):
    """d/dW of sum(A * W / sigma) is A / sigma - <A, W> v u^T / sigma^2: u is a constant."""
    layer = Spectral(keras.layers.Dense(4, use_bias=False))
    layer.build((None, 5))
    layer.vector.assign([[1.0], [0.0], [0.0], [0.0]])
    w = matrix(layer)
    u = power_method(w, layer.vector.numpy().astype("float64"), int(training))
    a = normal(5, 4)
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(a * layer(np.eye(5, dtype="float32"), training=training))
    v = w @ u
    sigma = np.linalg.norm(v)
    expected = a / sigma - (a * w).sum() / sigma**2 * (v / sigma) @ u.T
    np.testing.assert_allclose(tape.gradient(value, layer.kernel.value), expected, atol=1e-5)


def test_only_training_passes_that_do_not_rest_move_the_vector():
    layer = Spectral(keras.layers.Dense(4))
    layer.build((None, 5))
    layer.vector.assign([[1.0], [0.0], [0.0], [0.0]])
    before = layer.vector.numpy()
    layer(normal(2, 5), training=False)
    with layers.norms_at_rest():
        layer(normal(2, 5), training=True)
    np.testing.assert_array_equal(layer.vector.numpy(), before)
    layer(normal(2, 5), training=True)
    assert np.abs(layer.vector.numpy() - before).max() > 0.01


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_spectral_norm_in_mixed_precision(policy):
    keras.config.set_dtype_policy(policy)
    layer = Spectral(keras.layers.Conv2D(6, 3, use_bias=False))
    x = normal(2, 6, 6, 3)
    y = layer(x, training=True)
    assert layer.kernel.dtype == layer.vector.dtype == "float32"
    assert y.dtype == policy.removeprefix("mixed_")
    w, u = matrix(layer), layer.vector.numpy()
    assert np.linalg.norm(u) == pytest.approx(1, abs=1e-6)  # in half precision it would not be
    expected = keras.ops.conv(x, layer.kernel / np.float32(np.linalg.norm(w @ u)))
    np.testing.assert_allclose(keras.ops.cast(y, "float32"), expected, atol=0.05)


def test_spectral_norm_of_labels_and_of_nothing():
    layer = Spectral(keras.layers.Embedding(7, 3))
    rows = layer(np.arange(7), training=True)
    assert np.linalg.svd(rows.numpy(), compute_uv=False)[0] == pytest.approx(1, abs=1e-3)
    with pytest.raises(ValueError, match=r"needs a layer with a kernel. Received: <ReLU"):
        Spectral(keras.layers.ReLU()).build((None, 3))


def test_spectral_norm_survives_a_file(tmp_path):
    model = keras.Sequential([keras.Input((5,)), Spectral(keras.layers.Dense(4))])
    model.save(tmp_path / "a.keras")
    again = keras.saving.load_model(tmp_path / "a.keras")
    for a, b in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def spectral_gan(**rules):
    """A game whose kernels stand still, so that the vectors of its critic can be foretold."""
    judge = keras.Sequential([keras.Input((3,)), Spectral(keras.layers.Dense(4))])
    maker = keras.Sequential([keras.Input((2,)), Spectral(keras.layers.Dense(3))])
    gan = keras_gan.GAN(maker, judge, seed=0)
    for network in (maker, judge):
        vector = network.layers[0].vector
        vector.assign(np.eye(len(vector.shape) and vector.shape[0])[:, :1])
    frozen = {f"{name}_optimizer": "sgd" for name in ("generator", "discriminator")}
    gan.compile(**frozen | rules)
    gan.generator_optimizer.learning_rate = gan.discriminator_optimizer.learning_rate = 0.0
    return gan


@pytest.mark.parametrize(
    "rules",
    [
        {},
        {"updates": "alternating"},
        {"updates": "alternating", "loss": "relativistic_paired"},
        {"n_critic": 3},
        {"penalties": ["gradient_penalty", keras_gan.penalties.R1(interval=2)]},
        {"jit_compile": True, "n_critic": 2, "penalties": ["r2"]},
    ],
    ids=["plain", "alternating", "relativistic", "n_critic", "penalties", "xla"],
)
def test_the_vectors_move_once_an_update_of_their_own_network(rules):
    gan = spectral_gan(**rules)
    critic, maker = gan.discriminator.layers[0], gan.generator.layers[0]
    steps, n_critic = 2, rules.get("n_critic", 1)
    expected = [
        power_method(matrix(layer), layer.vector.numpy().astype("float64"), steps * times)
        for layer, times in ((critic, n_critic), (maker, 1))
    ]
    gan.fit(normal(4 * steps * n_critic, 3), batch_size=4, verbose=0)
    np.testing.assert_allclose(critic.vector.numpy(), expected[0], atol=1e-5)
    np.testing.assert_allclose(maker.vector.numpy(), expected[1], atol=1e-5)


def test_real_and_fake_are_judged_by_one_function():
    gan = spectral_gan()
    x = tf.constant(normal(4, 3))
    out = played(x, x)
    out = gan.examine(out._replace(views=gan.views(out)))
    np.testing.assert_array_equal(out.real_scores, out.fake_scores)


# -- the others ------------------------------------------------------------------------------------


def test_grouped_convolution_is_that_of_keras():
    plain = keras.layers.Conv2D(8, 3, strides=2, padding="same", groups=4)
    grouped = layers.GroupedConv2D.from_config(plain.get_config())
    x = normal(2, 7, 6, 12)
    plain.build(x.shape)
    model = round_trip(grouped, x)
    grouped.set_weights(plain.get_weights())
    np.testing.assert_allclose(model(x), plain(x), atol=1e-5)


@pytest.mark.parametrize(("size", "kernel"), [((2, 2), 3), ((1, 2), 5), ((3, 1), (1, 3))])
def test_upsampled_convolution_is_that_of_keras(size, kernel):
    plain = keras.Sequential(
        [
            keras.Input((4, 5, 6)),
            keras.layers.UpSampling2D(size),
            keras.layers.Conv2D(7, kernel, padding="same", bias_initializer="uniform"),
        ]
    )
    merged = layers.UpsampledConv2D(7, kernel, size)
    x = tf.constant(normal(3, 4, 5, 6))
    model = round_trip(merged, x)
    merged.set_weights(plain.get_weights())
    np.testing.assert_allclose(model(x), plain(x), atol=1e-5)
    assert merged.compute_output_shape((None, 4, None, 6)) == (None, 4 * size[0], None, 7)
    weights = normal(*plain.output_shape[1:])

    def gradients(network):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(weights * network(x))
        return tape.gradient(y, [x, *network.trainable_variables])

    for ours, keras_own in zip(gradients(model), gradients(plain), strict=True):
        np.testing.assert_allclose(ours, keras_own, atol=2e-4)


@pytest.mark.parametrize("options", [{"kernel_size": 4}, {"strides": 2}, {"padding": "valid"}])
def test_upsampled_convolution_refuses_what_it_cannot_do(options):
    with pytest.raises(ValueError, match="UpsampledConv2D has a kernel of odd sides"):
        layers.UpsampledConv2D(7, **{"kernel_size": 3} | options)


def critic(activation):
    return keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            keras.layers.Conv2D(4, 3, 2, padding="same"),
            activation(0.2),
            keras.layers.Conv2D(5, 3, padding="same"),
            activation(0.2),
            keras.layers.Flatten(),
            keras.layers.Dense(1, dtype="float32"),
        ]
    )


def test_convolution_bias_and_leaky_relu_do_not_break_the_graph_optimizer(digits, capfd):
    images, labels = digits
    gan = build(keras_gan.CGAN)  # convolutions with bias before each LeakyReLU
    gan.fit(images[:32], labels[:32], batch_size=16, verbose=0)
    assert "remapper failed" not in capfd.readouterr().err


@pytest.mark.parametrize("jit", [False, True])
def test_gradients_of_gradients_through_leaky_relu_are_those_of_keras(jit):
    plain, ours = critic(keras.layers.LeakyReLU), critic(layers.LeakyReLU)
    ours.set_weights(plain.get_weights())
    x = tf.constant(normal(5, 6, 6, 1))

    def results(network):
        @tf.function(jit_compile=jit)
        def gradients():
            with tf.GradientTape() as tape:
                slope = input_gradient(lambda x: network(x, training=True), x)
                penalty = tf.reduce_mean(tf.square(slope))
            return slope, tape.gradient(penalty, network.trainable_variables[::2])  # the kernels

        names = [op.type for op in gradients.get_concrete_function().graph.get_operations()]
        return keras.tree.flatten(gradients()), names.count("Conv2DBackpropFilter")

    (expected, twice), (got, once) = results(plain), results(ours)
    assert twice - once == 2  # Keras goes back through the two convolutions again, with zeros
    for a, b in zip(got, expected, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)
    np.testing.assert_array_equal(ours(x), plain(x))


def by_hand(x, groups):
    """Each group's mean over features of the deviation over its images."""
    x = x.reshape(len(x), -1).astype("float64")
    ids = np.arange(len(x)) % groups
    return np.array([x[ids == i].std(axis=0).mean() for i in ids])


@pytest.mark.parametrize(("n", "groups"), [(8, 2), (3, 1), (11, 2), (4, 1), (1, 1)])
@pytest.mark.parametrize("jit", [False, True])
def test_minibatch_std(n, groups, jit):
    layer = layers.MinibatchStdDev(4)
    x = normal(n, 3, 2, 5)
    y = tf.function(layer, jit_compile=jit)(x).numpy()
    assert y.shape == (n, 3, 2, 6)
    np.testing.assert_array_equal(y[..., :5], x)
    expected = np.broadcast_to(by_hand(x, groups)[:, None, None], (n, 3, 2))
    np.testing.assert_allclose(y[..., 5], expected, atol=2e-4)


def test_minibatch_std_of_points_and_of_equal_images():
    layer = layers.MinibatchStdDev()
    x = normal(8, 3)
    np.testing.assert_allclose(round_trip(layer, x)(x)[:, 3], by_hand(x, 2), atol=1e-4)
    with tf.GradientTape() as tape:
        same = tf.ones((4, 2))
        tape.watch(same)
        value = tf.reduce_sum(layer(same))
    assert np.isfinite(tape.gradient(value, same).numpy()).all()
    with pytest.raises(ValueError, match=r"Expected group_size >= 2. Received: group_size=1"):
        layers.MinibatchStdDev(1)


@pytest.mark.parametrize("spectral", [False, True])
def test_self_attention(spectral):
    x = normal(2, 3, 4, 16)
    layer = layers.SelfAttention(spectral)
    model = round_trip(layer, x)
    np.testing.assert_array_equal(model(x), x)  # gamma is zero at first
    layer.gamma.assign(0.7)

    def weight(conv):
        w = (conv.layer if spectral else conv).kernel.numpy().astype("float64")[0, 0]
        return w / np.linalg.norm(w @ conv.vector.numpy()) if spectral else w

    flat = x.reshape(2, 12, 16).astype("float64")
    f, g, h = (flat @ weight(conv) for conv in (layer.query, layer.key, layer.value))
    assert (f.shape[-1], h.shape[-1]) == (2, 8)
    scores = np.exp(f @ g.transpose(0, 2, 1))
    seen = scores / scores.sum(axis=-1, keepdims=True) @ h @ weight(layer.out)
    expected = (flat + 0.7 * seen).reshape(x.shape)
    np.testing.assert_allclose(model(x, training=False), expected, atol=1e-4)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize(
    "layer",
    [
        lambda: layers.SelfAttention(),
        lambda: layers.SelfAttention(spectral=True),
        lambda: layers.MinibatchStdDev(),
        lambda: layers.GroupedConv2D(8, 3, groups=2),
        lambda: layers.UpsampledConv2D(8, 3),
        lambda: layers.LeakyReLU(0.2),
    ],
)
def test_mixed_precision(layer, policy):
    x = 10 * normal(4, 5, 5, 8)
    exact = layer()
    expected = exact(x)
    keras.config.set_dtype_policy(policy)
    rounded = layer()
    rounded.build(x.shape)
    rounded.set_weights(exact.get_weights())
    y = rounded(x, training=False)
    assert y.dtype == policy.removeprefix("mixed_")
    assert all(weight.dtype == "float32" for weight in rounded.weights)
    np.testing.assert_allclose(keras.ops.cast(y, "float32"), expected, atol=0.3, rtol=0.02)


@pytest.mark.parametrize("options", [{}, {"scale": False, "center": False}, {"momentum": 0.5}])
@pytest.mark.parametrize(
    ("policy", "near"), [("float32", 2e-6), ("mixed_bfloat16", 0.01), ("mixed_float16", 0.002)]
)
def test_fused_batch_norm_is_kerass(policy, near, options):
    x = tf.constant(2 + 3 * normal(6, 5, 4, 3))

    @tf.function
    def passes(layer):
        """Output, gradient, and the gradients of a gradient penalty."""
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = tf.cast(layer(x, training=True), "float32")
                score = tf.reduce_sum(tf.sin(y))
            gradient = inner.gradient(score, x)
            penalty = tf.reduce_sum(tf.square(gradient))
        sources = [x, *layer.trainable_variables]
        return y, gradient, *outer.gradient(penalty, sources, unconnected_gradients="zero")

    found = []
    for kind in (keras.layers.BatchNormalization, layers.BatchNormalization):
        layer = kind(**options, dtype=policy)
        layer.build(x.shape)
        layer.set_weights([w + 0.1 * k for k, w in enumerate(layer.get_weights())])
        found.append([*passes(layer), *layer.variables, layer(x, training=False)])
        assert layer(x, training=True).dtype == policy.removeprefix("mixed_")
    for theirs, ours in zip(*found, strict=True):
        theirs, ours = (np.asarray(keras.ops.cast(v, "float32")) for v in (theirs, ours))
        np.testing.assert_allclose(ours, theirs, atol=near * np.abs(theirs).max())


@pytest.mark.parametrize("shape", [(8, 3), (4, 5, 3)])
def test_batch_norm_of_what_is_no_map(shape):
    x = normal(*shape)
    ours, theirs = layers.BatchNormalization(), keras.layers.BatchNormalization()
    np.testing.assert_array_equal(ours(x, training=True), theirs(x, training=True))
    round_trip(ours, x)


def test_frozen_batch_norm_stays():
    x = normal(4, 5, 5, 3)
    layer = layers.BatchNormalization()
    layer.build(x.shape)
    layer.trainable = False
    np.testing.assert_array_equal(layer(x, training=True), layer(x, training=False))
    np.testing.assert_array_equal(layer.moving_mean.numpy(), np.zeros(3))


def test_conditional_batch_norm():
    layer = layers.ConditionalBatchNormalization(3)
    x, labels = normal(6, 2, 2, 4), np.array([0, 1, 2, 2, 1, 0], "int32")
    model = round_trip(layer, x, labels)
    gamma, beta = normal(3, 4), normal(3, 4)
    layer.gamma.assign(gamma)
    layer.beta.assign(beta)
    mean, variance = x.mean(axis=(0, 1, 2)), x.var(axis=(0, 1, 2))
    z = (x - mean) / np.sqrt(variance + 2e-5)
    expected = gamma[labels][:, None, None] * z + beta[labels][:, None, None]
    np.testing.assert_allclose(model([x, labels], training=True), expected, atol=1e-4)
    np.testing.assert_allclose(layer.norm.moving_mean.numpy(), 0.1 * mean, atol=1e-5)
    keras.config.set_dtype_policy("mixed_bfloat16")
    y = layers.ConditionalBatchNormalization(3)([x, labels], training=True)
    assert y.dtype == "bfloat16"


def test_pixel_normalization_is_kerass():
    x = normal(2, 3, 3, 8)
    norm = keras.layers.RMSNormalization(epsilon=1e-8, trainable=False)
    expected = x / np.sqrt((x.astype("float64") ** 2).mean(axis=-1, keepdims=True) + 1e-8)
    np.testing.assert_allclose(norm(x), expected, atol=1e-5)
    assert norm.trainable_weights == []


def test_instance_noise_goes_on_from_a_file(tmp_path):
    judge = keras.Sequential(
        [keras.Input((3,)), keras.layers.GaussianNoise(0.5), keras.layers.Dense(1)]
    )
    gan = keras_gan.GAN(keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)]), judge, seed=0)
    gan.compile()
    x = normal(8, 3)
    gan.fit(x, batch_size=4, verbose=0)
    gan.save(tmp_path / "a.keras")
    loaded = keras.saving.load_model(tmp_path / "a.keras")
    for model in (gan, loaded):
        model.fit(x, batch_size=4, epochs=2, initial_epoch=1, verbose=0)
    for a, b in zip(gan.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


# -- labels inside networks ------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_an_embedding_is_that_of_keras_with_a_dense_gradient(policy):
    labels = tf.constant([2, 0, 2])
    found = []
    for cls in (keras_gan.layers.Embedding, keras.layers.Embedding):
        layer = cls(4, 3, dtype=policy)
        layer.build()
        layer.embeddings.assign(np.arange(12.0).reshape(4, 3) / 7)
        with tf.GradientTape() as tape:
            rows = layer(labels)
            total = tf.reduce_sum(tf.cast(rows, "float32") * [[1.0], [2.0], [4.0]])
        gradient = tape.gradient(total, layer.embeddings.value)
        found.append((rows, gradient))
    (rows, dense), (expected, slices) = found
    assert rows.dtype == expected.dtype
    np.testing.assert_array_equal(tf.cast(rows, "float32"), tf.cast(expected, "float32"))
    assert not isinstance(dense, tf.IndexedSlices)
    np.testing.assert_array_equal(dense, tf.convert_to_tensor(slices))
    np.testing.assert_array_equal(dense[:, 0], [2, 0, 5, 0])


@pytest.mark.parametrize(
    ("builder", "options"),
    [("cgan", {}), ("cgan", {"conditioning": "concat"}), ("resnet", {}), ("r3gan", {})],
)
def test_all_gradients_of_the_builders_networks_are_dense(builder, options):
    both = [
        (f"{builder}_generator", {}, (2, 4)),
        (f"{builder}_discriminator", options, (2, 8, 8, 1)),
    ]
    for name, given, shape in both:
        latents = {"latent_dim": 4} if "generator" in name else {}
        network = getattr(keras_gan.builders, name)((8, 8, 1), 3, width=4, **latents, **given)
        with tf.GradientTape() as tape:
            made = network([tf.ones(shape), tf.constant([0, 2])], training=True)
            loss = tf.reduce_sum(made)
        gradients = tape.gradient(loss, network.trainable_variables)
        assert not any(isinstance(g, tf.IndexedSlices) for g in gradients)
