"""The doors that Keras' users know: fit, evaluate, predict, sample, export.

Nothing here knows which networks there are; the game itself is `keras_gan.engine.game`.
"""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_gan.core import kinds, noise, priors
from keras_gan.data.checks import check_count
from keras_gan.engine import compilation, inputs
from keras_gan.engine.pipeline import Pipeline, check_finite, one_batch
from keras_gan.engine.saving import SavedWhole
from keras_gan.metrics import Metric, Sample, measure_all, needed

_SAMPLE_BATCH = 256


class GenerativeModel(SavedWhole):
    """Base of the models that are trained on samples and make some.

    A subclass has `generate`, `prior`, `condition`, `targets`, `image_shape`, `latent_dim`,
    `num_classes`, `seed`, `n_critic`, `networks` and their `optimizers`, and the steps of Keras.
    """

    _evaluating = False

    kind: kinds.Kind | None = None
    """What the samples are. A class may name it, where their shape does not say it."""

    images_per_step: float | None = None
    """Real samples that a step of the last `fit` showed, on the average; None if unknown."""

    def arranged(self, x: Any, y: Any) -> tuple[Any, Any]:
        """What `fit` and the like are given, as samples and what belongs to them.

        For a class whose data hold its samples in another form.

        Args:
            x, y: Arrays, or a dataset and None, as they are given; or what this has made of them.

        Raises:
            ValueError: for what no samples can be made of.
        """
        return x, y

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: str | int = "auto",
        callbacks: list | None = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: None = None,
        sample_weight: None = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int = 1,
    ) -> keras.callbacks.History:
        """Trains, as `keras.Model.fit` does; one step is `n_critic` batches of the discriminator.

        The order of arrays, and of what `keras_gan.data.load` gives, is a function of (seed,
        epoch), so that a run that goes on with `initial_epoch=k` sees what the uninterrupted one
        would have seen. The order of a foreign shuffled dataset is its maker's affair.

        Args:
            x: `tf.data.Dataset` of images or `(images, condition)`, or an array of images.
            y: Class labels of an array `x`: integers `(n,)` or one-hot `(n, num_classes)`.
            batch_size: Images of one update of the discriminator, over all replicas; 32 for arrays
                if not given. Datasets bring their own.
            class_weight, sample_weight: Not supported.
            epochs, initial_epoch, steps_per_epoch, verbose, callbacks, shuffle: As in Keras.
            validation_data, validation_split, validation_steps, validation_batch_size: As in Keras.
            validation_freq: As in Keras.

        Returns:
            Keras' History: means over each epoch and all replicas of `loss` (the sum of
            all networks', which the bar leaves out), `g_loss`, `d_loss` (penalties included) and
            so on, each weighted penalty, `d_real`, `d_fake`.

        Raises:
            ValueError: for data that the networks cannot take, before any weight has moved.
            keras_gan.DivergenceError: if a loss or a gradient is not finite.
            MemoryError: if a step needs more memory than there is; says a size that may fit.
        """
        self._assert_compile_called("fit")
        compilation.check_trainable(self)
        inputs.refuse(class_weight=class_weight, sample_weight=sample_weight)
        inputs.check_callbacks(callbacks)
        if steps_per_epoch is not None:
            check_count("steps_per_epoch", steps_per_epoch)
        if validation_split and validation_data is None:
            x, y, validation_data = inputs.split(x, y, validation_split)
        batch_size = 32 if batch_size is None else batch_size
        pipeline = Pipeline(self, x, y, batch_size, shuffle, self.n_critic, training=True)
        if y is not None:
            self.targets.check_whole(y)
        held_out = None
        if validation_data is not None:
            pair = inputs.as_pair(validation_data)
            held_out = Pipeline(self, *pair, validation_batch_size or batch_size)
            inputs.check_apart(pipeline.order, held_out.order, steps_per_epoch)
            held_out.check_ends("validation_steps", validation_steps)
        pipeline.check_ends("steps_per_epoch", steps_per_epoch)
        self._held_out = held_out
        self.images_per_step = pipeline.images_per_step
        with pipeline.errors(), held_out.errors() if held_out else contextlib.nullcontext():
            return super().fit(
                pipeline.dataset_from(initial_epoch, steps_per_epoch),
                epochs=epochs,
                verbose=verbose,
                callbacks=pipeline.callbacks(callbacks),
                validation_data=held_out and held_out.dataset,
                shuffle=False,
                initial_epoch=initial_epoch,
                steps_per_epoch=steps_per_epoch,
                validation_steps=validation_steps,
                validation_freq=validation_freq,
            )

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: str | int = "auto",
        sample_weight: None = None,
        steps: int | None = None,
        callbacks: list | None = None,
        return_dict: bool = False,
        **kwargs: Any,
    ) -> dict[str, float] | list[float]:
        """The game on held-out data with the averaged generator, and metrics; changes nothing.

        Args:
            x, y, batch_size: As in `fit`.
            verbose, steps, callbacks, return_dict: As in Keras.

        Returns:
            The figures as a dict, or as a list in the order of that dict.
        """
        self._assert_compile_called("evaluate")
        inputs.refuse(sample_weight=sample_weight)
        within_fit = "_use_cached_eval_dataset" in kwargs
        batch_size = 32 if batch_size is None else batch_size
        pipeline = self._held_out if within_fit else Pipeline(self, x, y, batch_size)
        if not within_fit:
            pipeline.check_ends("steps", steps)
        pipeline.rewind()
        self._evaluating = True
        try:
            with contextlib.nullcontext() if within_fit else pipeline.errors():
                results = super().evaluate(
                    x if within_fit else pipeline.dataset,
                    verbose=verbose,
                    steps=steps,
                    callbacks=callbacks,
                    return_dict=True,
                    **kwargs,
                )
        finally:
            self._evaluating = False
        if self._held_out_metrics:
            results |= self.measure(self._held_out_metrics, *pipeline.arrays(steps))
        return results if return_dict else list(results.values())

    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: None = None,
        class_weight: None = None,
        return_dict: bool = False,
    ) -> dict[str, float] | list[float]:
        """One step on a batch, with the checks of `fit`.

        Args:
            x, y: Arrays as in `fit`, of all `n_critic` updates.
            sample_weight, class_weight: Not supported.
            return_dict: Whether to name the figures.

        Returns:
            The means since the last epoch began, of which this is one step.
        """
        self._assert_compile_called("train_on_batch")
        compilation.check_trainable(self)
        inputs.refuse(class_weight=class_weight, sample_weight=sample_weight)
        x, y = one_batch(self, x, y, self.n_critic, training=True)
        logs = super().train_on_batch(x, y, return_dict=True)
        check_finite(logs, "in this step")
        return logs if return_dict else list(logs.values())

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: None = None, return_dict: bool = False
    ) -> dict[str, float] | list[float]:
        """Losses and mean scores of a held-out batch, with the checks of `evaluate`."""
        self._assert_compile_called("test_on_batch")
        inputs.refuse(sample_weight=sample_weight)
        x, y = one_batch(self, x, y)
        self._evaluating = True
        try:
            logs = super().test_on_batch(x, y, return_dict=True)
        finally:
            self._evaluating = False
        return logs if return_dict else list(logs.values())

    def measure(
        self, metrics: list[Metric], images: np.ndarray, condition: np.ndarray | None = None
    ) -> dict[str, float]:
        """Metrics of as many samples as there are held-out images; changes nothing.

        Args:
            metrics: List of `keras_gan.metrics.Metric`.
            images: Held-out images `(n, height, width, channels)`, uint8 or float in [-1, 1].
            condition: What a conditional model is given to make its own from: class labels `(n,)`,
                or pictures.

        Returns:
            The figures by their short names.

        Example:

        >>> gan.measure([FID(Pixels())], images, labels)
        """
        n = needed(metrics, len(images))
        images, condition = inputs.checked(self, images, condition, self.condition)
        condition = self.conditions_of(images[:n], None if condition is None else condition[:n])
        labels = condition if self.condition.num_classes else None
        real = Sample(images[:n], labels, "held-out", cached=True, of=self.kind)
        fake = Sample(self.samples_for(n, condition), labels, of=self.kind)
        remade = None
        if any(metric.paired for metric in metrics):
            remade = self.remade(real, fake)
            if remade is None:
                raise ValueError(
                    f"{type(self).__name__} makes no picture in place of a given one. Received: a "
                    "metric of pairs. Expected metrics of all samples together, such as FID."
                )
        return measure_all(metrics, real, fake, remade)

    def remade(self, real: Sample, fake: Sample) -> Sample | None:
        """What the model makes in place of each real sample; None where it does no such thing.

        Args:
            real: Real samples.
            fake: What it has made from their conditions.
        """
        return fake if self.condition_from in ("samples", "pictures") else None

    def samples_for(self, n: int, condition: np.ndarray | None = None, seed: int = 0) -> np.ndarray:
        """Samples `(n, height, width, channels)`, one for each class label or array given.

        Args:
            n: Number of images.
            condition: Class labels `(n,)`, arrays `(n, ...)`, or None for an unconditional model.
            seed: As in `sample`.
        """
        if condition is not None and len(condition) != n:
            raise ValueError(
                f"Each image needs a condition of its own. Received: n={n} and {len(condition)} "
                "conditions. Expected as many."
            )
        return self.sample(n, condition, seed)

    def conditions_of(
        self, samples: np.ndarray, condition: np.ndarray | None = None
    ) -> np.ndarray | None:
        """What samples like these are made from: what is given, or what the model makes of them.

        Args:
            samples: Array `(n, ...)`, as `fit` takes it.
            condition: Theirs, if they have one.

        Returns:
            float32 array `(n, ...)` for a model whose `condition_from` is "samples", else the
            `condition` as it is.

        Example:

        >>> gan.samples_for(len(images), gan.conditions_of(images))
        """
        if condition is not None or self.condition_from != "samples":
            return condition
        starts = range(0, len(samples), _SAMPLE_BATCH)
        parts = (tf.convert_to_tensor(samples[k : k + _SAMPLE_BATCH]) for k in starts)
        made = [
            self.condition_of(self.kind.scale(part), noise.key(k)).numpy()
            for k, part in zip(starts, parts, strict=True)
        ]
        return np.concatenate(made)

    def _maybe_symbolic_build(self, iterator: Any = None, data_batch: Any = None) -> None:
        """Nothing is left to build; Keras would draw a batch here and average it over replicas."""

    # -- use -------------------------------------------------------------------------------------

    def sample(
        self,
        n: int | None = None,
        labels: Any = None,
        seed: int | None = None,
        *,
        seeds: list[int] | None = None,
        truncation: float = 1.0,
    ) -> np.ndarray:
        """Draws images from the averaged generator.

        Args:
            n: Number of images; as many as there are labels or seeds if not given.
            labels: Class labels `(n,)`, or one for all; the classes in turn if not given. Arrays
                `(n, ...)` for a model that is conditioned on them.
            seed: Image i is a function of (seed, i) alone. Drawn at random if not given.
            seeds: Instead of n and seed: one seed for each image; `seeds=[s]` is `n=1, seed=s`.
            truncation: Factor, at least 0, of how far latents, or what the class makes of them,
                are from the middle: below 1 trades variety for quality. See `nearer`.

        Returns:
            float32 array `(n, height, width, channels)` in [-1, 1].

        Example:

        >>> gan.sample(20, labels=7, seed=0)
        """
        rows, labels = inputs.sampling(self, n, labels, seed, seeds, truncation)
        return self.samples_of(self.latents(rows), labels, truncation)

    def latents(self, rows: np.ndarray) -> tf.Tensor:
        """The latents `(n, latent_dim)` of the rows `(n, 2)` that `noise.seed_rows` makes."""
        return noise.latents(rows, self.latent_dim, self.prior)

    def samples_of(
        self, latents: tf.Tensor, condition: np.ndarray | None = None, truncation: float = 1.0
    ) -> np.ndarray:
        """What the averaged generator makes of latents `(n, latent_dim)`, part by part."""
        return self.all_drawn(self.nearer(latents, condition, truncation), condition)

    def all_drawn(self, near: tf.Tensor, condition: np.ndarray | None = None) -> np.ndarray:
        """What is `drawn` from all that `nearer` gives, part by part."""
        images = []
        for k in range(0, len(near), _SAMPLE_BATCH):
            part = None if condition is None else condition[k : k + _SAMPLE_BATCH]
            images.append(self.drawn(near[k : k + _SAMPLE_BATCH], part).numpy())
        return np.concatenate(images)

    def nearer(self, latents: tf.Tensor, condition: Any, factor: Any = None) -> tf.Tensor:
        """What samples are `drawn` from, `factor` times as far from the middle: the latents.

        A class that truncates elsewhere gives what its networks make of them until there.

        Args:
            latents, condition: Of each sample.
            factor: A number, or `(n, 1)`; None for 1.
        """
        return latents if factor is None else self.prior.truncate(latents, factor)

    def drawn(self, near: tf.Tensor, condition: Any) -> tf.Tensor:
        """float32 samples of what is used, from what `nearer` gives."""
        return self.generate(near, condition, training=False)

    def near_prior(self) -> priors.Prior:
        """Where what `nearer` gives comes from: the space that pictures are edited in."""
        return self.prior

    def extra_signatures(self) -> dict[str, tuple[Callable[..., dict], list[tf.TensorSpec]]]:
        """What the SavedModel can be asked for besides drawing: name -> (function, input specs).

        The function takes float32 tensors by the names of the specs and returns a dict of tensors,
        one row for each row. Pictures, called `images` on either side, are in [-1, 1] for it;
        callers see [0, 1], and get a twin `<name>_png` that works on PNG files.
        """
        return {}

    def run_signature(self, signature: str, images: np.ndarray) -> np.ndarray:
        """What one of `extra_signatures` that takes pictures gives for an array, part by part.

        Args:
            signature: Its name.
            images: Pictures `(n, ...)` as its spec says, uint8 or float in [-1, 1].

        Returns:
            Its only output, float32 `(n, ...)`.

        Raises:
            ValueError: for what are no such pictures.
        """
        function, (spec,) = self.extra_signatures()[signature]
        images = np.asarray(images)
        kind = kinds.of(spec.shape[1:])
        kind.check(images, spec.shape[1:])
        starts = range(0, len(images), _SAMPLE_BATCH)
        parts = (tf.convert_to_tensor(images[k : k + _SAMPLE_BATCH]) for k in starts)
        answers = [function(kind.scale(part)) for part in parts]
        return np.concatenate([value.numpy() for answer in answers for value in answer.values()])

    def export(self, filepath: str | Path, format: str = "tf_saved_model", **kwargs: Any) -> None:
        """Exports the averaged generator; see `keras_gan.export.export`."""
        from keras_gan.export import export

        export(self, filepath, format, **kwargs)


def pictures(shape: tuple[int, ...], name: str = "images") -> tf.TensorSpec:
    """What a signature of `extra_signatures` takes that takes pictures of this shape."""
    return tf.TensorSpec((None, *shape), tf.float32, name=name)


def call_network(network: keras.Model, x: Any, condition: Any, training: bool) -> Any:
    """What a network gives for its inputs, and the condition if there is one, as float32."""
    inputs = keras.tree.flatten((x, condition))
    inputs = [tf.convert_to_tensor(part) for part in inputs if part is not None]
    made = network(inputs if len(inputs) > 1 else inputs[0], training=training)
    return keras.tree.map_structure(lambda t: tf.cast(t, "float32"), made)
