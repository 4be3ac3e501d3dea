"""The styles that plotly.js would insert into a page, as a file: `python tools/plotly_css.py` writes it anew.

The pages' Content-Security-Policy forbids inserted styles. plotly.js inserts none where an element with the id
`plotly.js-style-global` and the class `no-inline-styles` is in the page, such as the link to this file.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

VENDOR = Path(__file__).parent.parent / "themes" / "runpages_themes" / "default" / "vendor"
BUNDLE = VENDOR / "plotly-cartesian" / "plotly-cartesian.min.js"
PLACE = VENDOR / "plotly.css"
STYLES = ["plotly.js-style-global"]
# The text of a rule is taken as it comes: read from the sheet it would lack what only other browsers understand.
_RECORD = """
window.inserted = [];
const insertRule = CSSStyleSheet.prototype.insertRule;
CSSStyleSheet.prototype.insertRule = function (rule, index = 0) {
  window.inserted.splice(index, 0, rule);
  return insertRule.call(this, rule, index);
};
"""
_DRAW = """async () => {
  await Plotly.newPlot("chart", [{y: [1, 3, 2]}]);
  const sheets = [...document.querySelectorAll("style")];
  return {
    version: Plotly.version,
    inserted: window.inserted,
    styles: sheets.map((style) => style.id),
    kept: sheets.flatMap((style) => [...style.sheet.cssRules]).length,
  };
}"""


def stylesheet(browser: Browser, bundle: Path = BUNDLE) -> str:
    """What a bundle inserts when it is loaded and draws a chart, one rule a line, in the order of the sheet."""
    page = browser.new_page()
    try:
        page.add_init_script(_RECORD)
        page.goto("about:blank")
        page.set_content('<div id="chart"></div>')
        page.add_script_tag(path=bundle)
        found = page.evaluate(_DRAW)
    finally:
        page.close()
    if found["styles"] != STYLES or found["kept"] != len(found["inserted"]):
        raise ValueError(
            f"{bundle.name} makes the styles {found['styles']} of {found['kept']} rules, and {STYLES} with those "
            f"{len(found['inserted'])} that it inserts were expected; look at its source, then mend tools/plotly_css.py"
        )
    head = f"/* The rules that plotly.js {found['version']} (MIT) would insert; made by tools/plotly_css.py. */"
    return "\n".join([head, *found["inserted"], ""])


def main() -> int:
    """Write the file."""
    from playwright.sync_api import sync_playwright

    program = shutil.which(os.environ.get("RUNPAGES_CHROMIUM") or "chromium")
    if program is None:
        print("there is no Chromium; install it, or name the program in RUNPAGES_CHROMIUM", file=sys.stderr)
        return 1
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        text = stylesheet(browser)
        browser.close()
    PLACE.write_text(text, "utf-8")
    print(f"{PLACE.name}: {text.count(chr(10)) - 1} rules")
    return 0


if __name__ == "__main__":
    sys.exit(main())
