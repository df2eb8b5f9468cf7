from __future__ import annotations

import json
import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

from contextdrag import ContextDrag, ContextDragError, FileStore, SavedEditError
from fake_api import RESET, FakeApi, Reply, edit, problem, reply

KEY = "cd_live_auto_accountaaaaa_keyaaaaaaa_secret_1mac"
DRAGS = [{"handle": {"x": 1, "y": 2}, "target": {"x": 3, "y": 4}}]
PHOTO = b"\x89PNG photo"


def fields(body: bytes) -> dict:
    """Names and contents of a form's parts, whatever its boundary is."""
    boundary = body.split(b"\r\n", 1)[0]
    parts = [part.strip(b"\r\n").split(b"\r\n\r\n", 1) for part in body.split(boundary)[1:-1]]
    return {head.split(b'name="')[1].split(b'"')[0].decode(): value for head, value in parts}


class ClientTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.store = FileStore(self.folder)

    def api(self, *replies: Reply, **options) -> FakeApi:
        api = FakeApi(*replies, **options)
        self.addCleanup(api.close)
        return api

    def client(self, api: FakeApi, key: str = KEY) -> ContextDrag:
        return ContextDrag(api.origin, key, store=self.store)

    def edit(self, client: ContextDrag, key: str = "order-17", **changes):
        return client.edit(PHOTO, {"drags": DRAGS, "lambda": 0.5, **changes}, key=key)

    def test_everything_is_saved_before_the_first_byte_is_sent(self):
        seen = []
        api = self.api(edit("queued"), on_request=lambda: seen.append(self.client(api).saved()))
        self.edit(self.client(api))
        (before,) = seen[0]
        self.assertEqual((before.key, before.id), ("order-17", None))
        self.assertEqual(self.client(api).saved()[0].id, "edit_1")
        # The photo is not needed any more.
        self.assertEqual([file.name for file in self.folder.glob("*/image")], [])

    def test_every_attempt_has_the_same_idempotency_key(self):
        api = self.api(
            RESET,
            problem(503, "model_unavailable", retry_after="0"),
            problem(409, "idempotency_in_flight", retry_after="0"),
            edit("queued"),
        )
        self.edit(self.client(api), prompt="a word")
        self.assertEqual({one.headers["idempotency-key"] for one in api.asked}, {"order-17"})
        self.assertEqual(len(api.asked), 4)
        self.assertEqual(api.asked[0].headers["authorization"], f"Bearer {KEY}")
        sent = fields(api.asked[3].body)
        self.assertEqual(json.loads(sent.pop("drags")), DRAGS)
        self.assertEqual(sent, {"image": PHOTO, "lambda": b"0.5", "prompt": b"a word"})

    def test_retry_after_is_waited_for(self):
        api = self.api(problem(429, "rate_limited", retry_after="2"), edit("queued"))
        start = time.monotonic()
        self.client(api).get("edit_1")
        self.assertGreaterEqual(time.monotonic() - start, 2)

    def test_errors_are_raised_with_their_code_without_a_retry(self):
        api = self.api(problem(402, "insufficient_credit", retry_after="7"))
        with self.assertRaises(ContextDragError) as raised:
            self.edit(self.client(api))
        error = raised.exception
        self.assertEqual((error.code, error.status), ("insufficient_credit", 402))
        self.assertEqual(error.retry_after, 7)
        # After a top-up, the same edit can be sent.
        self.assertEqual([one.key for one in self.client(api).saved()], ["order-17"])

    def test_an_edit_that_would_be_rejected_again_is_not_kept(self):
        api = self.api(problem(422, "nothing_moves"))
        with self.assertRaises(ContextDragError):
            self.edit(self.client(api))
        self.assertEqual(self.client(api).saved(), [])
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_a_request_that_may_not_be_repeated_is_sent_once(self):
        api = self.api(RESET)
        with self.assertRaises(ConnectionError):
            self.client(api).cancel("edit_1")
        self.assertEqual(len(api.asked), 1)

    def test_a_redirect_is_not_followed_with_the_key(self):
        other = self.api(edit("queued"))
        api = self.api(Reply(302, b"", (("location", f"{other.origin}/v1/edits/edit_1"),)))
        with self.assertRaises(ContextDragError) as raised:
            self.client(api).get("edit_1")
        self.assertEqual(raised.exception.status, 302)
        self.assertEqual(other.asked, [])

    def test_a_response_of_another_server_is_an_error_too(self):
        api = self.api(Reply(500, b"<html>"))
        with self.assertRaises(ContextDragError) as raised:
            self.client(api).get("edit_1")
        self.assertEqual((raised.exception.code, raised.exception.status), ("internal", 500))

    def test_resume_sends_the_same_request_and_later_reads_the_edit(self):
        api = self.api(problem(503, "overloaded"), edit("queued"), edit("running"))
        with mock.patch("time.sleep"), self.assertRaises(ContextDragError):
            ContextDrag(api.origin, KEY, store=self.store, attempts=1).edit(
                PHOTO, {"drags": DRAGS}, mask=b"\x89PNG mask", key="order-17", cancel_after="90s"
            )
        self.assertEqual(self.client(api).resume("order-17")["id"], "edit_1")
        self.assertEqual(self.client(api).resume("order-17")["status"], "running")
        first, second, third = api.asked
        self.assertEqual(fields(first.body), fields(second.body))
        for name in ("idempotency-key", "cancel-after"):
            self.assertEqual(first.headers[name], second.headers[name])
        self.assertEqual((third.method, third.path), ("GET", "/v1/edits/edit_1"))

    def test_the_same_call_again_is_the_same_edit_and_another_one_is_an_error(self):
        api = self.api(edit("queued"), edit("running"))
        client = self.client(api)
        self.edit(client)
        self.assertEqual(self.edit(client)["status"], "running")
        with self.assertRaisesRegex(SavedEditError, "another edit"):
            self.edit(client, prompt="other")
        client.forget("order-17")
        with self.assertRaisesRegex(SavedEditError, "no edit is saved"):
            client.resume("order-17")
        self.assertEqual([one.method for one in api.asked], ["POST", "GET"])

    def test_an_edit_that_may_be_paid_twice_is_not_sent_again(self):
        api = self.api(problem(402, "insufficient_credit"), edit("queued"))
        with self.assertRaises(ContextDragError):
            self.edit(self.client(api))
        with self.assertRaisesRegex(SavedEditError, "was made at"):
            self.client(self.api()).resume("order-17")
        other = "cd_live_auto_accountbbbbb_keybbbbbbb_secret_1mac"
        with self.assertRaisesRegex(SavedEditError, "another account's key"):
            self.client(api, other).resume("order-17")
        test = KEY.replace("live", "test")
        with self.assertRaisesRegex(SavedEditError, "another account's key"):
            self.client(api, test).resume("order-17")
        later = time.time() + 23 * 3600 + 1
        with mock.patch("contextdrag.saved.time.time", return_value=later):
            with self.assertRaisesRegex(SavedEditError, "23 hours"):
                self.client(api).resume("order-17")
        # Another key of the same account is known to the API by the same edits.
        rotated = "cd_live_auto_accountaaaaa_keyccccccc_another_1mac"
        self.assertEqual(self.client(api, rotated).resume("order-17")["id"], "edit_1")

    def test_a_client_token_is_not_exchanged_for_another_one(self):
        token = "cdc_live_auto_accountaaaaa_tokenaaaaa_secret_1mac"
        api = self.api(problem(401, "unauthenticated"))
        with self.assertRaises(ContextDragError):
            self.edit(self.client(api, token))
        with self.assertRaisesRegex(SavedEditError, "another client token"):
            self.client(api, token.replace("tokenaaaaa", "tokenbbbbb")).resume("order-17")
        self.assertNotIn(b"secret", b"".join(file.read_bytes() for file in self.folder.glob("*/*")))

    def test_a_large_photo_is_uploaded_once_without_the_key(self):
        photo = b"\xff\xd8\xff" + bytes(9_500_000)
        bucket = self.api(Reply(201))
        upload = {
            "id": "upl_1",
            "method": "PUT",
            "url": f"{bucket.origin}/x?signature=s",
            "headers": {"content-type": "image/jpeg"},
        }
        api = self.api(reply(201, upload), problem(402, "spend_limit"), edit("queued"))
        with self.assertRaises(ContextDragError):
            self.client(api).edit(photo, {"drags": DRAGS}, key="order-17")
        self.client(api).resume("order-17")
        announced, *creates = api.asked
        self.assertEqual(
            json.loads(announced.body), {"contentType": "image/jpeg", "bytes": 9_500_003}
        )
        (stored,) = bucket.asked
        self.assertEqual((stored.method, stored.body), ("PUT", photo))
        self.assertIsNone(stored.headers["authorization"])
        for create in creates:
            self.assertEqual(json.loads(fields(create.body)["image"]), {"upload": "upl_1"})

    def test_wait_repeats_until_a_final_state(self):
        api = self.api(edit("running"), edit("storing"), edit("failed"))
        self.assertEqual(self.client(api).wait("edit_1")["status"], "failed")
        self.assertEqual([one.headers["prefer"] for one in api.asked], ["wait=30"] * 3)

    def test_events_continue_after_the_last_one_when_the_connection_breaks(self):
        api = self.api(
            Reply(
                200, b'retry: 1000\n\nid: 1\nevent: status\ndata: {"status":"queued"}\n\n: x\n\n'
            ),
            Reply(200, b'id: 2\nevent: progress\ndata: {"step":1,\ndata: "steps":2}\n\nid: 3\nev'),
            Reply(200, b'id: 3\r\nevent: status\r\ndata: {"status":"failed"}\r\n\r\nid: 4\n\n'),
        )
        self.assertEqual(
            list(self.client(api).events("edit_1")),
            [
                {"id": 1, "type": "status", "status": "queued"},
                {"id": 2, "type": "progress", "step": 1, "steps": 2},
                {"id": 3, "type": "status", "status": "failed"},
            ],
        )
        self.assertEqual([one.headers["last-event-id"] for one in api.asked], ["0", "1", "2"])

    def test_events_are_over_where_nothing_comes_after_the_last_one(self):
        api = self.api(Reply(204))
        self.assertEqual(list(self.client(api).events("edit_1")), [])

    def test_a_list_fetches_its_pages_on_demand(self):
        api = self.api(
            reply(200, {"edits": [{"id": "a"}, {"id": "b"}], "next": "c1"}),
            reply(200, {"edits": [{"id": "c"}]}),
        )
        ids = [one["id"] for one in self.client(api).list({"order": "7"})]
        self.assertEqual(ids, ["a", "b", "c"])
        self.assertEqual(api.asked[0].path, "/v1/edits?limit=100&metadata.order=7")
        self.assertEqual(api.asked[1].path, "/v1/edits?limit=100&metadata.order=7&cursor=c1")


if __name__ == "__main__":
    unittest.main()
