"""The wheel holds all that is needed, and runs outside the checkout."""

import os
import subprocess
import sys
from pathlib import Path

import keras_gan

ROOT = Path(__file__).resolve().parents[1]


def test_the_wheel_runs_outside_the_checkout(tmp_path):
    build = ["-m", "build", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    subprocess.run([sys.executable, *build], check=True, capture_output=True, cwd=tmp_path)
    (wheel,) = tmp_path.glob("keras_gan-*.whl")
    site = tmp_path / "site"
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(site)]
    subprocess.run([sys.executable, *install, str(wheel)], check=True, capture_output=True)
    assert (site / "keras_gan" / "py.typed").is_file()
    environment = os.environ | {"PYTHONPATH": str(site)}

    def run(*arguments):
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, check=True, capture_output=True, text=True, cwd=tmp_path, env=environment
        )

    done = run(str(site / "bin" / "keras-gan"), "--version")
    assert done.stdout == f"keras-gan {keras_gan.__version__}\n"
    typed = [["--help"], [], ["list", "models"], ["train", "digits", "--model", "x", "--out", "x"]]
    code = (
        "import sys, keras_gan_cli; codes = []\n"
        f"for argv in {typed}:\n"
        "    try: codes.append(keras_gan_cli.main(argv))\n"
        "    except SystemExit as end: codes.append(end.code)\n"
        "print(codes, sorted({'keras_gan', 'keras', 'tensorflow', 'numpy'} & set(sys.modules)))"
    )
    done = run("-c", code)
    assert done.stdout.endswith("[0, 0, 0, 2] []\n")
    assert "feature_matching" in done.stdout
    code = (
        "import keras_gan, keras_gan.command.cli; print(keras_gan.__file__); "
        "keras_gan.command.cli.main(['train', 'digits', '--model', 'cgan', '--epochs', '1', "
        "'--steps-per-epoch', '2', '--width', '4', '--out', 'run', '--verbose', '0'])"
    )
    done = run("-c", code)
    assert done.stdout.startswith(str(site))
    assert (tmp_path / "run" / "model.keras").is_file()
