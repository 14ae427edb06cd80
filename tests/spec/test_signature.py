"""What the contract says in words is what the cases, the reference and the page say."""

import ast
import inspect
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import reference_impl
from conformance import api
from conformance.__main__ import app
from conformance.run.run import Run
from conformance.spec.signature import call, stubs

PAGE = (Path(__file__).parents[2] / "docs" / "contract.md").read_text("utf-8")
FUNCTIONS = Run().functions
EACH = pytest.mark.parametrize("operation", FUNCTIONS.values(), ids=FUNCTIONS)


@EACH
def test_every_function_has_its_words(operation):
    assert f"`{operation.name}`" in PAGE
    assert [argument.name for argument in operation.inputs if not argument.shape] == []
    assert operation.result
    assert operation.lesson.sentence.endswith(".")
    assert [note for note in operation.notes if not note.endswith(".")] == []


@EACH
@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
def test_the_call_is_the_references(operation, backward):
    name = operation.name
    if backward and not operation.gradients:
        assert not hasattr(reference_impl, f"{name}_backward")
        return
    stub = ast.parse(f"def {call(operation, backward=backward)}: ...").body[0]
    function = getattr(reference_impl, f"{name}_backward" if backward else name)
    found = inspect.signature(function).parameters.values()
    assert isinstance(stub, ast.FunctionDef)
    positional = [one.name for one in found if one.kind is not one.KEYWORD_ONLY]
    assert [one.arg for one in stub.args.args] == positional
    keywords = {one.name: one.default for one in found if one.kind is one.KEYWORD_ONLY}
    assert [one.arg for one in stub.args.kwonlyargs] == list(keywords)
    defaults = [inspect.Parameter.empty if one is None else ast.literal_eval(one)
                for one in stub.args.kw_defaults]  # fmt: skip
    assert defaults == list(keywords.values())


@EACH
def test_the_explanation_has_formula_call_shapes_rules_and_checks(operation):
    name = operation.name
    said = CliRunner().invoke(app, ["explain", name])
    assert said.exit_code == 0
    wanted = [operation.formula, operation.source, call(operation)]
    wanted += [argument.shape for argument in operation.inputs]
    wanted += [refusal.rule for refusal in operation.refusals]
    wanted += [question.question for question in operation.conventions]
    wanted += [f"{name}/value", *(f"{name}/gradient/{one}" for one in operation.gradients)]
    assert [text for text in wanted if text not in said.output] == []


NETWORKS = {
    "network_mlp": [
        "  layers   linear, relu, sigmoid, tanh\n",
        "  loss     binary_cross_entropy_with_logits, mse_loss\n",
        "  trained  weights, biases, by gradient_descent in 3 steps\n",
        "  given    x, target\n",
    ],
    "network_cnn": [
        "  layers   avg_pool2d, conv2d, flatten, linear, max_pool2d, relu\n",
        "  loss     cross_entropy\n",
        "  trained  kernel, kernel_bias, weight, bias, by gradient_descent in 3 steps\n",
    ],
}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_is_told_by_what_it_is_composed_of(name):
    said = CliRunner().invoke(app, ["explain", name])
    assert said.exit_code == 0
    run = Run()
    operation = next(one.operation for one in run.checks.values() if one.operation.name == name)
    wanted = [operation.formula, operation.source, *NETWORKS[name]]
    wanted += [f"  {name}/{kind}\n" for kind in ("value", "gradient", "training")]
    assert [text for text in wanted if text not in said.output] == []


@pytest.mark.parametrize("claim", Run().claims.values(), ids=lambda claim: claim.id)
def test_a_claim_is_told_with_its_readings_and_conditions(claim):
    said = CliRunner().invoke(app, ["explain", claim.id])
    assert said.exit_code == 0
    wanted = [f"{claim.id}: {claim.statement}", Run().section(claim), claim.text, claim.truth]
    wanted += [claim.untestable]
    wanted += [f"\n  {row.reading}\n" for row in claim.rows if row.reading is not None]
    wanted += [f"\n  {row.condition}\n" for row in claim.rows if row.condition is not None]
    assert [text for text in wanted if text not in said.output] == []


def test_a_claim_without_a_formula_is_held_against_nothing():
    said = CliRunner().invoke(app, ["explain", "3.3/lstm"]).output
    assert "nothing: the document gives no formula; torch.nn.LSTMCell has one\n" in said


def test_a_section_is_told_claim_by_claim():
    said = CliRunner().invoke(app, ["explain", "3.1"]).output
    heads = [line.partition(":")[0] for line in said.splitlines() if line.startswith("3.1/")]
    assert heads == ["3.1/weighted-sum", "3.1/activation"]


def test_the_list_has_every_operation_and_claim_with_its_formula():
    said = CliRunner().invoke(app, ["list"], env={"COLUMNS": "160"}).output
    run = Run()
    assert [name for name in FUNCTIONS if f" {name} " not in said] == []
    # Brackets of a formula are no markup.
    assert "xₙ_c[p·stride" in said
    assert [one.statement for one in run.claims.values() if one.statement not in said] == []


def test_stubs_are_python_and_offer_nothing_yet(tmp_path):
    text = stubs(list(FUNCTIONS.values()), "my_ops.py", len(FUNCTIONS))
    functions = [one for one in ast.parse(text).body if isinstance(one, ast.FunctionDef)]
    assert {one.name for one in functions} == set(reference_impl.__all__)
    assert all(ast.get_docstring(one) for one in functions)
    (tmp_path / "my_ops.py").write_text(text, encoding="utf-8")
    verdict = api.check("conv2d", str(tmp_path / "my_ops.py"), profile="quick")
    assert {line["verdict"] for line in verdict.lines} == {"not provided"}


def test_init_writes_what_is_chosen_and_never_over_a_file(tmp_path):
    file = str(tmp_path / "my_ops.py")
    said = CliRunner().invoke(app, ["init", file, "relu", "linear"])
    assert said.exit_code == 0
    text = Path(file).read_text("utf-8")
    assert re.findall(r"^def (\w+)", text, re.MULTILINE) == [
        "relu",
        "relu_backward",
        "linear",
        "linear_backward",
    ]
    again = CliRunner().invoke(app, ["init", file])
    assert again.exit_code == 2
    assert "is there already" in again.output
    assert Path(file).read_text("utf-8") == text


@pytest.mark.parametrize(
    "names, said",
    [
        ([], "The whole contract."),
        (list(FUNCTIONS), "The whole contract."),
        (list(FUNCTIONS)[:8], "8 operations of the contract."),
        (["tanh", "relu", "tanh"], "tanh, relu."),
    ],
)
def test_the_head_of_a_file_says_what_is_in_it(names, said, tmp_path):
    file = tmp_path / "my_ops.py"
    done = CliRunner().invoke(app, ["init", str(file), *names])
    assert done.exit_code == 0
    text = file.read_text("utf-8")
    assert ast.get_docstring(ast.parse(text)).splitlines()[0] == said
    functions = re.findall(r"^def (\w+)", text, re.MULTILINE)
    assert len(functions) == len(set(functions))


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["explain", "conv3d"], "there is no operation or claim 'conv3d'; did you mean conv2d or"),
        (["init", "new.py", "conv3d"], "there is no operation 'conv3d'; did you mean conv2d?"),
        (
            ["init", "nowhere/new.py"],
            "nowhere/new.py cannot be written: there is no directory nowhere",
        ),
    ],
)
def test_what_cannot_be_is_one_line(arguments, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2
    assert said in done.output
    assert done.output.startswith("error: ")
    assert done.output.count("\n") == 1
