"""What is read from a page is what a reader sees on it."""

from pathlib import Path

from tests.docs.pages import Command, commands

PAGE = """# A page with `forewarn doctor` in its head

Say `make lint`, and not `make`, or see `forewarn-risk`:

    curl -X POST "$AT" \\
      -d @x        # and so on
    # a remark
    export A=1

```sh
forewarn publish - <<'END'
{"a": "b"}

END
forewarn up
```

```
curl this is an answer
```

| to | run | more |
|---|---|---|
| see `it` | `forewarn alerts list`, `alerts show` | `x`, `make help` |

| run | to |
|---|---|
| `docker compose up`, `A=1 forewarn up` | `it` |

Then `curl x`.
"""


def test_commands_are_found_where_a_reader_finds_them_and_nowhere_else(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    assert [(c.line, c.text, c.shown) for c in commands(page)] == [
        (1, "forewarn doctor", False),
        (3, "make lint", False),
        (5, 'curl -X POST "$AT" \\\n  -d @x        # and so on', True),
        (8, "export A=1", True),
        (11, 'forewarn publish - <<\'END\'\n{"a": "b"}\n\nEND', True),
        (15, "forewarn up", True),
        (24, "forewarn alerts list", True),
        (24, "forewarn alerts show", False),
        (24, "make help", False),
        (28, "docker compose up", True),
        (28, "A=1 forewarn up", True),
        (30, "curl x", False),
    ]


def test_the_words_of_a_command_are_those_of_a_shell() -> None:
    found = Command("p", 1, 'curl -X POST "$AT b" \\\n  -d @x   # and so on', shown=True, block=1)
    assert found.words == ["curl", "-X", "POST", "$AT b", "-d", "@x"]
