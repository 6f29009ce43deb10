"""The command lines of the documentation: each program is known, each command, option and target exists."""

from __future__ import annotations

import configparser
import re
import shlex
from argparse import ArgumentParser
from collections.abc import Iterator
from importlib.util import find_spec

import celery.bin.celery
import pytest
from django.core.management import get_commands, load_command_class
from django.core.management.base import CommandError
from gunicorn.config import Config

from tests.docs.pages import CHECKOUT, Block, all_blocks, all_pages, text_of
from tests.docs.tables import parser_of

MANAGE = ("manage.py", "shop-manage")
"""What runs a management command; the second is made on the page about production."""

WRAPPERS = re.compile(r"^docker compose exec \w+ |^runuser -u \w+ -- ")
"""What only runs the command that follows."""

OF_THE_SYSTEM = {
    *("adduser", "apt-get", "chmod", "createdb", "createuser", "curl", "docker", "export", "systemctl"),
    *(".", "django-admin", "mv"),
}
"""Programs of the system, of a shell or of Django: what they take is not ours to check."""


def commands() -> Iterator[tuple[str, str]]:
    """(where it stands, command line): all that are to be typed."""
    for block in all_blocks("console", "sh", ""):
        for line in block.text.replace("\\\n", " ").splitlines():
            if is_command(block, line):
                for part in re.split(r" && | \| ", line.strip().removeprefix("$ ")):
                    yield f"{block}: {part}", re.sub(r" [<>] \S+", "", part)


def is_command(block: Block, line: str) -> bool:
    """Whether a line of a block is to be typed; others are comments, variables, or what is printed."""
    if block.language == "console":
        return line.startswith("$ ")
    if block.language == "sh" and block.file:
        return False
    words = ("python", "make", "pip", "getresponse_", ".venv", "createdb", "curl", "export")
    return line.startswith(words)


COMMANDS = list(commands())


@pytest.mark.parametrize("command", [line for _where, line in COMMANDS], ids=[where for where, _ in COMMANDS])
def test_the_command_line_is_one_that_works(command: str) -> None:
    words = shlex.split(WRAPPERS.sub("", command), comments=True)
    while words and re.match(r"\w+=", words[0]):
        words.pop(0)
    assert words, "nothing is left of it"
    check(*words)


def check(program: str, *arguments: str) -> None:
    """Fail where the program would refuse its arguments, or is none that we know."""
    name = program.rpartition("/")[2] if program not in MANAGE else program
    if name.startswith("python"):
        check_python(*arguments)
    elif name in MANAGE:
        check_django(*arguments)
    elif name == "getresponse_sandbox":
        parse(parser_of(name, None), arguments)
    elif name == "celery":
        check_celery(*arguments)
    elif name == "gunicorn":
        Config().parser().parse_args(arguments)
    elif name == "make":
        targets = re.findall(r"(?m)^([\w. -]+):", (CHECKOUT / "Makefile").read_text())
        assert arguments[0] in {target for line in targets for target in line.split()}
    elif name == "pip":
        check_pip(*arguments)
    else:
        assert name in OF_THE_SYSTEM, f"{name} is no program that the documentation may use"


def check_python(*arguments: str) -> None:
    """``-m module``, ``-c code``, or a script."""
    match arguments:
        case ("-m", module, *_rest):
            assert find_spec(module), f"there is no module {module}"
        case ("-c", code, *_rest):
            compile(code, "the command line", "exec")
        case ("manage.py", *rest):
            check_django(*rest)
        case (script, *_rest):
            shown = any(f"`{script}`" in text_of(page) for page in all_pages())
            assert shown or (CHECKOUT / script).exists(), f"there is no {script}"


def check_django(command: str, *arguments: str) -> None:
    """A management command, ours or Django's. Code of ``shell -c`` is run by the tests of its page."""
    app = get_commands().get(command)
    assert app, f"there is no management command {command}"
    made = load_command_class(app, command) if isinstance(app, str) else app
    parse(parser_of(command, made), arguments)
    if command == "shell":
        compile(arguments[arguments.index("-c") + 1], "the command line", "exec")


def parse(parser: ArgumentParser, arguments: tuple[str, ...]) -> None:
    """Fail with the words of the parser."""
    try:
        ArgumentParser.parse_args(parser, arguments)
    except (SystemExit, CommandError):
        pytest.fail(f"{parser.prog} refuses {arguments}")


def check_celery(*arguments: str) -> None:
    """``-A project worker|beat`` with options; nothing is started."""
    assert arguments[0] == "-A"
    command = celery.bin.celery.celery.commands[arguments[2]]
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in arguments[3:] if word.startswith("-")} <= known


def check_pip(*arguments: str) -> None:
    """The extras that are named are those of the package."""
    options = configparser.ConfigParser(interpolation=None)
    options.read(CHECKOUT / "setup.cfg")
    for extra in re.findall(r"getresponse-django\[([\w,-]+)\]", " ".join(arguments)):
        assert set(extra.split(",")) <= set(options["options.extras_require"]), extra


UNITS = [block for block in all_blocks("ini") if "ExecStart" in block.text]


@pytest.mark.parametrize("block", UNITS, ids=map(str, UNITS))
def test_the_command_of_a_unit_is_one_that_works(block: Block) -> None:
    unit = configparser.ConfigParser(interpolation=None)
    unit.read_string(block.text)
    check(*shlex.split(unit["Service"]["ExecStart"].replace("%%", "%")))


def test_the_commands_of_the_containers_work() -> None:
    yaml = pytest.importorskip("yaml")
    for block in all_blocks("yaml"):
        for service in yaml.safe_load(block.text).get("services", {}).values():
            if isinstance(service.get("command"), str):
                check(*shlex.split(service["command"]))


NO_COMMANDS = ("getresponse_django", "getresponse_signup", "getresponse_worker")
"""The package and its tables, a tag of templates, a fixture of pytest."""

INLINE = sorted(
    {
        (page, span)
        for page in all_pages()
        for span in re.findall(r"`((?:python )?(?:manage\.py )?getresponse_\w+(?: [^`]*)?)`", text_of(page))
        if not span.startswith(NO_COMMANDS)
    }
)


@pytest.mark.parametrize(("page", "span"), INLINE, ids=[": ".join(one) for one in INLINE])
def test_a_command_in_a_sentence_has_the_options_it_is_said_to_have(page: str, span: str) -> None:
    command, *words = span.removeprefix("python ").removeprefix("manage.py ").split()
    app = get_commands().get(command)
    assert app, f"there is no command {command}"
    parser = parser_of(command, load_command_class(str(app), command))
    known = {option for action in parser._actions for option in action.option_strings}
    assert {word for word in words if word.startswith("--")} <= known


@pytest.mark.parametrize(
    "command",
    [
        "nonsense",
        "make nonsense",
        "python manage.py nonsense",
        "python manage.py getresponse_pull --nonsense",
        "python manage.py getresponse_account nonsense",
        "python -m getresponse_django.nonsense",
        "getresponse_sandbox --nonsense",
        "celery -A shop worker --nonsense",
        "gunicorn shop.wsgi --nonsense",
        "pip install getresponse-django[nonsense]",
    ],
)
def test_what_is_not_there_is_found(command: str) -> None:
    with pytest.raises((AssertionError, SystemExit, pytest.fail.Exception)):
        check(*shlex.split(command))
