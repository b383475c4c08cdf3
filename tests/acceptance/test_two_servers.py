"""Eight devices of one student on two server processes, all in one conversation: nothing is lost or out of order."""

from concurrent.futures import ThreadPoolExecutor

from tests.acceptance.conftest import Serve


def test_eight_devices_on_two_servers_keep_one_conversation(serve: Serve) -> None:
    with serve().sign_in() as one, serve().sign_in() as two:
        thread = one.post("/api/v1/threads", json={"title": "shared"}).json()["id"]

        def ask(n: int) -> dict[str, object]:
            body = {"message": f"Thank you, number {n}!", "thread_id": thread}
            return dict((one if n % 2 else two).post("/api/v1/query", json=body).json())

        with ThreadPoolExecutor(8) as devices:
            answered = list(devices.map(ask, range(16)))
        kept = one.get(f"/api/v1/threads/{thread}").json()["items"]

    assert all(turn["status"] == "done" for turn in answered), answered
    assert [turn["seq"] for turn in kept] == list(range(1, 17))
    assert {turn["ask"]["message"] for turn in kept} == {f"Thank you, number {n}!" for n in range(16)}
    finished = [turn["finished_at"] for turn in kept]
    assert finished == sorted(finished)
