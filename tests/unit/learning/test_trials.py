"""Experiments without a database: who gets what, what is refused, and statistics that bear being looked at."""

import math
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

import server
from core.errors import Invalid
from learning.trials.assignment import choose, place
from learning.trials.definition import KNOBS, Experiment, read_design, read_experiments
from learning.trials.guarding import broken
from learning.trials.noticing import Noticed
from learning.trials.outcomes import Outcome
from learning.trials.running import Part, Place
from learning.trials.sequential import STUDENTS_MIN, DifferenceSequence, MeanSequence, ShareSequence

STUDENTS = [f"student-{n}" for n in range(4000)]
FEWER = {"name": "fewer", "about": "Three passages?", "variants": {"three": {"set": {"knowledge.passages": 3}}}}


# --- who gets what -------------------------------------------------------------------------------------------------


def test_students_come_to_variants_in_the_shares_of_their_weights() -> None:
    found = Counter(choose("e", student, {"control": 2, "a": 1, "b": 1}) for student in STUDENTS)

    assert found["control"] == pytest.approx(2000, abs=130)
    assert found["a"] == pytest.approx(1000, abs=110)


def test_a_student_stays_put_on_any_server_and_on_any_day() -> None:
    weights = {"control": 1.0, "a": 1.0}

    assert [choose("e", "ada", weights), choose("e", "bob", weights)] == ["a", "a"]
    assert choose("e", "cy", weights) == "control"
    assert place("l", "ada") == pytest.approx(78.8416, abs=1e-3)


def test_a_weight_that_grows_takes_nobody_out_of_its_variant() -> None:
    before = {s: choose("e", s, {"control": 9, "a": 1, "b": 1}) for s in STUDENTS}
    after = {s: choose("e", s, {"control": 9, "a": 5, "b": 1}) for s in STUDENTS}

    moved = {(before[s], after[s]) for s in STUDENTS if before[s] != after[s]}
    assert moved == {("control", "a"), ("b", "a")}


def test_two_experiments_divide_the_same_students_independently() -> None:
    both = Counter((choose("e1", s, {"control": 1, "a": 1}), choose("e2", s, {"control": 1, "a": 1})) for s in STUDENTS)

    assert min(both.values()) > 900


def test_a_layer_spreads_students_evenly_and_differs_from_another() -> None:
    inside = {layer: {s for s in STUDENTS if place(layer, s) < 20} for layer in ("one", "two")}

    assert len(inside["one"]) == pytest.approx(800, abs=100)
    assert len(inside["one"] & inside["two"]) == pytest.approx(160, abs=50)


# --- the file ------------------------------------------------------------------------------------------------------


def write(folder: Path, text: str) -> Path:
    path = folder / "experiments.toml"
    path.write_text(text)
    return path


GOOD = """
[[experiments]]
name = "fewer-passages"
about = "Do three passages explain as well as five?"
traffic = [0, 20]
[experiments.variants.three]
set = { "knowledge.passages" = 3 }
"""


def test_the_shortest_definition_is_enough(tmp_path: Path) -> None:
    (found,) = read_experiments(write(tmp_path, GOOD))

    assert found.weights == {"control": 1.0, "three": 1.0}
    assert read_design(found.design) == {"control": 0.5, "three": 0.5}
    assert {guard.metric for guard in found.guards} == {"degraded", "leaks_blocked"}


def test_no_file_is_no_experiment() -> None:
    assert read_experiments(None) == ()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (('"knowledge.passages" = 3', '"knowledge.passages" = 0'), "experiments.1.variants.three.set"),
        (('"knowledge.passages" = 3', '"turns.seconds_max" = 3'), "cannot be varied"),
        (('"knowledge.passages" = 3', '"model" = 3'), "text in quotes"),
        (("[0, 20]", "[20, 20]"), "traffic is"),
        (("variants.three", "variants.control"), "control_weight"),
        (("[[experiments]]", "[[experiments]"), "not TOML"),
        (('about = "Do', 'abut = "Do'), "experiments.1.abut"),
        (("traffic", 'guards = [{metric = "degraded"}]\ntraffic'), "either at_most or worse_by"),
        (("traffic", 'guards = [{metric = "thumbs_up", at_most = 0.5}]\ntraffic'), "more of thumbs_up is better"),
        (("traffic", 'roles = ["pupil"]\ntraffic'), "experiments.1.roles"),
    ],
)
def test_a_fault_in_the_file_is_told_with_its_place(change: tuple[str, str], told: str, tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace(*change))

    with pytest.raises(Invalid, match=r"experiments") as refused:
        read_experiments(path)

    assert told in refused.value.message


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="cannot be read"):
        read_experiments(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("second", "told"),
    [
        (GOOD.replace("[0, 20]", "[10, 30]").replace("fewer-passages", "other"), "traffic overlaps"),
        (GOOD, "are called 'fewer-passages'"),
        (GOOD.replace("traffic", 'layer = "b"\ntraffic').replace("fewer-passages", "other"), "put them in one layer"),
    ],
)
def test_experiments_that_touch_the_same_students_are_refused(second: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=told):
        read_experiments(write(tmp_path, GOOD + second))


def test_neighbours_in_a_layer_are_fine(tmp_path: Path) -> None:
    second = GOOD.replace("[0, 20]", "[20, 40]").replace("fewer-passages", "other")

    assert len(read_experiments(write(tmp_path, GOOD + second))) == 2


def test_everything_that_may_be_varied_is_read_in_a_turn() -> None:
    assert set(KNOBS) == {"model", *server.READ_IN_A_TURN.values()}


# --- taking effect -------------------------------------------------------------------------------------------------


def test_only_what_is_used_counts_and_for_control_just_the_same() -> None:
    experiment = Experiment.model_validate(FEWER)
    parts = {variant: Part((Place(experiment=experiment, variant=variant),)) for variant in ("control", "three")}
    lent = {variant: Noticed({"passages": 5}, {"passages": 3} if part.changes else {},
                             lambda key, part=part: part.notice("knowledge.passages"))
            for variant, part in parts.items()}  # fmt: skip

    assert [part.exposed for part in parts.values()] == [[], []]
    assert {variant: held["passages"] for variant, held in lent.items()} == {"control": 5, "three": 3}
    assert all(part.exposed for part in parts.values())


def test_asking_for_a_role_that_only_a_variant_fills_counts_for_control_too() -> None:
    asked: list[str] = []
    control = Noticed({"default": "offline"}, {}, asked.append)

    assert control.get("debugging") is None
    assert asked == ["debugging"]


# --- looking as often as one likes ---------------------------------------------------------------------------------

SIMULATED = 200
LOOKS = 500


def false_alarms(share: float, alarm: Callable[[random.Random, float], bool]) -> float:
    """How many of many experiments without any difference raise an alarm at some look."""
    return sum(alarm(random.Random(seed), share) for seed in range(SIMULATED)) / SIMULATED


def sequential_alarm(draw: random.Random, share: float) -> bool:
    sequence = DifferenceSequence(alpha=0.05, students_planned=300)
    for _ in range(LOOKS):
        sequence.add(float(draw.random() < share), treated=draw.random() < 0.5, chance=0.5)
        found = sequence.look()
        if found.p <= 0.05 or not found.low <= 0 <= found.high:
            return True
    return False


def naive_alarm(draw: random.Random, share: float) -> bool:
    """Welch's t against its large-sample bound, after every student."""
    sums, counts = [0.0, 0.0], [0, 0]
    for _ in range(LOOKS):
        arm = int(draw.random() < 0.5)
        sums[arm] += draw.random() < share
        counts[arm] += 1
        if min(counts) >= STUDENTS_MIN:
            means = [total / count for total, count in zip(sums, counts, strict=True)]
            error = math.sqrt(sum(m * (1 - m) / (n - 1) for m, n in zip(means, counts, strict=True)))
            if error and abs(means[1] - means[0]) / error > 1.96:
                return True
    return False


@pytest.mark.parametrize("share", [0.05, 0.3, 0.5])
def test_peeking_after_every_student_raises_no_more_false_alarms_than_promised(share: float) -> None:
    assert false_alarms(share, sequential_alarm) <= 0.05


def test_the_naive_test_does_not_bear_peeking() -> None:
    assert false_alarms(0.3, naive_alarm) > 0.15


def test_uneven_and_changing_chances_raise_no_false_alarms_either() -> None:
    def alarm(draw: random.Random, share: float) -> bool:
        sequence = DifferenceSequence(alpha=0.05, students_planned=300)
        for n in range(LOOKS):
            chance = 0.1 if n < LOOKS / 2 else 0.5
            late = share if n < LOOKS / 2 else 2 * share  # everyone does better later: a trap for pooled means
            sequence.add(float(draw.random() < late), treated=draw.random() < chance, chance=chance)
            if sequence.look().p <= 0.05:
                return True
        return False

    assert false_alarms(0.2, alarm) <= 0.05


def test_a_real_difference_is_found() -> None:
    draw = random.Random(1)
    sequence = DifferenceSequence(alpha=0.05, students_planned=300)
    for _ in range(1500):
        treated = draw.random() < 0.5
        sequence.add(float(draw.random() < (0.35 if treated else 0.2)), treated=treated, chance=0.5)

    found = sequence.look()

    assert 0 < found.low < 0.15 < found.high
    assert found.p < 0.01
    assert found.effect == pytest.approx(0.15, abs=0.06)


def test_nothing_is_claimed_of_a_few_students() -> None:
    sequence = DifferenceSequence(alpha=0.05, students_planned=300)
    for n in range(2 * STUDENTS_MIN - 2):
        sequence.add(float(n % 2), treated=bool(n % 2), chance=0.5)

    assert (sequence.look().low, sequence.look().high, sequence.look().p) == (-1, 1, 1)


@pytest.mark.parametrize(("chance", "share"), [(0.1, 0.05), (0.9, 0.05), (0.05, 0.3)])
def test_a_small_variant_and_a_rare_harm_raise_no_false_alarms_either(chance: float, share: float) -> None:
    def alarm(draw: random.Random, share: float) -> bool:
        sequence = DifferenceSequence(alpha=0.05, students_planned=300)
        for _ in range(2 * LOOKS):
            sequence.add(float(draw.random() < share), treated=draw.random() < chance, chance=chance)
            if sequence.look().p <= 0.05:
                return True
        return False

    assert false_alarms(share, alarm) <= 0.05


@pytest.mark.parametrize("share", [0.02, 0.1, 0.4])
def test_a_share_is_not_held_to_be_higher_than_it_is_at_any_look(share: float) -> None:
    draw, missed = random.Random(2), 0
    for _ in range(SIMULATED):
        sequence = MeanSequence(alpha=0.05, students_planned=200)
        looks = []
        for _ in range(LOOKS):
            sequence.add(float(draw.random() < share))
            looks.append(sequence.look())
        missed += any(look.low > share for look in looks[STUDENTS_MIN:])

    assert missed / SIMULATED <= 0.05


def test_lost_students_on_one_side_are_noticed_and_chance_is_not() -> None:
    draw, chances = random.Random(3), {"control": 0.5, "a": 0.5}
    even, lame = ShareSequence(), ShareSequence()
    for _ in range(3000):
        variant = "a" if draw.random() < 0.5 else "control"
        even.add(variant, "d", chances)
        if variant == "control" or draw.random() > 0.2:
            lame.add(variant, "d", chances)

    assert even.p > 0.05
    assert lame.p < 0.001


def test_a_ramp_up_is_no_mismatch() -> None:
    draw, shares = random.Random(4), ShareSequence()
    for design, chance in (("first", 0.1), ("second", 0.5)):
        for _ in range(1000):
            shares.add("a" if draw.random() < chance else "control", design, {"a": chance, "control": 1 - chance})

    assert shares.p > 0.05


# --- guards --------------------------------------------------------------------------------------------------------


def outcomes(count: int, *, seconds: float = 1.0, seed: int = 0, **worse: float) -> list[Outcome]:
    """Students in turn; `worse` is what a metric comes to with the variant, 0.05 with control."""
    draw, design = random.Random(seed), "control=0.5 three=0.5"
    names = ("degraded", "refused", "leaks_blocked", "thumbs_down", "thumbs_up", "helped", "solved")
    found = []
    for n in range(count):
        variant = "three" if draw.random() < 0.5 else "control"
        values = {
            name: float(draw.random() < (worse.get(name, 0.05) if variant == "three" else 0.05)) for name in names
        }
        slow = seconds if variant == "three" else 1.0
        found.append(
            Outcome(student=str(n), variant=variant, design=design, turns=4, seconds=(1.0, slow), values=values)
        )
    return found


def guarded(*guards: dict[str, object]) -> Experiment:
    return Experiment.model_validate({**FEWER, "guards": list(guards)})


@pytest.mark.parametrize(
    ("guard", "harm", "told"),
    [
        ({"metric": "degraded", "worse_by": 0.05}, {"degraded": 0.5}, "three: degraded is worse than control"),
        ({"metric": "thumbs_down", "at_most": 0.2}, {"thumbs_down": 0.6}, "three: thumbs_down is 0."),
        ({"metric": "solved", "worse_by": 0.0}, {"solved": 0.6}, None),
        ({"metric": "latency_p95_s", "at_most": 5.0}, {"seconds": 9.0}, "take more than 5 s"),
        ({"metric": "latency_p95_s", "at_most": 10.0}, {"seconds": 9.0}, None),
    ],
)
def test_a_guard_speaks_up_when_its_bound_is_broken_and_only_then(
    guard: dict[str, object], harm: dict[str, float], told: str | None
) -> None:
    reason = broken(guarded(guard), outcomes(300, **harm), 1.0)

    assert (reason is None) == (told is None)
    assert told is None or told in (reason or "")


def test_harmless_variants_are_left_alone_however_often_one_looks() -> None:
    experiment = guarded({"metric": "degraded", "worse_by": 0.0}, {"metric": "thumbs_down", "at_most": 0.05})

    alarms = [any(broken(experiment, outcomes(n, seed=seed), 1.0) for n in range(40, 400, 40)) for seed in range(30)]

    assert sum(alarms) <= 1


def test_a_guard_of_another_window_is_not_asked() -> None:
    experiment = guarded({"metric": "degraded", "worse_by": 0.05, "window_hours": 2.0})

    assert broken(experiment, outcomes(300, degraded=0.9), 1.0) is None


def test_the_example_in_the_documentation_is_one(tmp_path: Path) -> None:
    text = (Path(server.__file__).parent / "docs" / "EVALUATIONS.md").read_text()
    example = text.partition("```toml\n")[2].partition("```")[0]

    (found,) = read_experiments(write(tmp_path, example))

    assert found.name == "fewer-passages"
    assert [guard.metric for guard in found.guards] == ["degraded", "latency_p95_s"]
