"""A page in headless Chromium: what it measures of itself, and what it looks like."""

import html
import json
import re
import shutil
import subprocess
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)

# The page stands in a frame: a headless window cannot be narrower than 500 pixels, a frame can.
WRAPPER = """<!doctype html><meta charset="utf-8">
<style>:root {{ color-scheme: light dark }} body {{ margin: 0 }}
iframe {{ border: 0; width: {width}px; height: {height}px; display: block }}</style>
<iframe srcdoc="{page}"></iframe><pre id="facts" hidden></pre>
<script>
onload = () => {{
  const frame = document.querySelector("iframe").contentWindow, page = frame.document;
  const channels = text => text.match(/[\\d.]+/g).map(Number);
  const style = node => frame.getComputedStyle(node);
  const light = rgb => rgb.slice(0, 3).map(c => c / 255)
    .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = node => {{
    for (; node; node = node.parentElement) {{
      const rgb = channels(style(node).backgroundColor);
      if (rgb.length < 4 || rgb[3] > 0) return rgb;
    }}
    return [255, 255, 255];
  }};
  const faint = [];
  const walk = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {{
    const node = walk.currentNode.parentElement, text = walk.currentNode.data.trim();
    if (!text) continue;
    const ink = channels(node.closest("svg") ? style(node).fill : style(node).color);
    const [a, b] = [light(ink), light(behind(node))].sort((x, y) => x - y);
    const contrast = (b + 0.05) / (a + 0.05);
    if (contrast < 4.5) faint.push([text, contrast]);
  }}
  document.getElementById("facts").textContent = JSON.stringify({{
    width: frame.innerWidth,
    scroll_width: page.documentElement.scrollWidth,
    height: page.documentElement.scrollHeight,
    dark: frame.matchMedia("(prefers-color-scheme: dark)").matches,
    images: [...page.images].map(i => [i.alt, i.complete ? i.naturalWidth : 0, i.clientWidth]),
    wide: [...page.querySelectorAll("body *")]
      .filter(e => e.getBoundingClientRect().right > frame.innerWidth + 1 && !e.closest(".scroll"))
      .map(e => e.outerHTML.slice(0, 80)),
    faint: faint,
    fetched: frame.performance.getEntriesByType("resource")
      .map(entry => entry.name).filter(name => !name.startsWith("data:")),
  }});
}};
</script>"""


class Look(NamedTuple):
    facts: dict
    pixels: np.ndarray  # (height, width, 3) uint8


def look(page, directory, width, height, dark=False):
    """Opens the page in a window of that size; skips the test where there is no Chromium."""
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip(f"no Chromium: none of {', '.join(NAMES)} is on the PATH")
    directory.mkdir(exist_ok=True)
    file, shot = directory / "page.html", directory / "page.png"
    wrapped = WRAPPER.format(page=html.escape(page), width=width, height=height)
    file.write_text(wrapped, encoding="utf-8")
    done = subprocess.run(
        [
            program,
            *FLAGS,
            f"--user-data-dir={directory / 'profile'}",
            f"--blink-settings=preferredColorScheme={0 if dark else 1}",
            f"--window-size={max(width, 500)},{height}",
            f"--screenshot={shot}",
            "--dump-dom",
            file.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    facts = re.search(r'<pre id="facts"[^>]*>(.*?)</pre>', done.stdout, re.DOTALL)
    if not facts or not facts[1]:
        pytest.fail(f"{program} has not finished the page:\n{done.stderr}")
    with Image.open(shot) as image:
        pixels = np.asarray(image.convert("RGB"))[:, :width]
    return Look(json.loads(html.unescape(facts[1])), pixels)
