"""The reader of the documents finds what is wrong, so that the tests over the documents can fail."""

from __future__ import annotations

import pytest

from tests.docs.snippet import Snippet, anchors, commands, libraries, links, prints, snippets

TEXT = """# A title, and `code`

```sh
echo 1
```

<!-- not run: starts a server -->

```sh
runpages serve
```

1. In a list:

   ```python
   print(1)
   ```

```json
{}
```

[a](b.md#c) ![d](e.png)

## Twice

## Twice
"""


def test_snippets_are_found_with_their_lines() -> None:
    assert list(snippets(TEXT)) == [
        Snippet("bash", 4, "echo 1\n", None),
        Snippet("bash", 10, "runpages serve\n", "starts a server"),
        Snippet("python", 16, "print(1)\n", None),
    ]


@pytest.mark.parametrize("comment", ["<!-- not run -->", "<!-- not run: -->", "<!-- not run:   -->"])
def test_a_block_is_not_left_out_without_a_reason(comment: str) -> None:
    with pytest.raises(ValueError, match="3: say why"):
        list(snippets(f"{comment}\n```sh\nfalse\n```\n"))


def test_a_comment_holds_for_the_next_block_only() -> None:
    block = "```sh\ntrue\n```\n\n"
    text = f"<!-- not run: slow -->\n\n{block}{block}<!-- not run: x -->\n\nText.\n\n{block}"
    assert [snippet.left_out for snippet in snippets(text)] == ["slow", None, None]


def test_commands_of_a_console_block() -> None:
    text = "$ printf '%s\\n' a \\\n>   b\na\nb\n$ true\n"
    first, second = commands(Snippet("console", 7, text, None))
    assert (first.text, first.line, first.expected) == ("printf '%s\\n' a \\\n  b", 7, ["a", "b"])
    assert (second.text, second.line, second.expected) == ("true", 11, [])


@pytest.mark.parametrize(
    ("expected", "printed", "same"),
    [
        ([], "anything\n", True),
        (["b"], "a\nb\n", True),
        (["b", "a"], "a\nb\n", False),
        (["b"], "ab\n", False),
        (["took … s"], "took 0.3 s\n", True),
        (["a", "…", "d"], "a\nb\nc\nd\n", True),
        (["a", "d"], "a\nb\nd\n", False),
        (["a.c"], "abc\n", False),
    ],
)
def test_output_is_compared(expected: list[str], printed: str, same: bool) -> None:
    assert prints(expected, printed) is same


def test_links_and_headings_are_found() -> None:
    assert [link.target for link in links(TEXT)] == ["b.md#c", "e.png"]
    assert anchors(TEXT) == {"a-title-and-code", "twice", "twice-1"}


def test_a_document_names_the_libraries_that_it_needs() -> None:
    assert libraries("# Title\n\n<!-- needs: hydra-core, omegaconf -->\n") == {"hydra-core", "omegaconf"}
    assert libraries(TEXT) == set()
