from __future__ import annotations

import base64
import unittest
from unittest import mock

from contextdrag import InvalidWebhook, verify_webhook

# The example that the libraries of Standard Webhooks are tested with.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'
HEADERS = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
OTHER = "whsec_" + base64.b64encode(b"another secret of some length").decode()


class WebhookTest(unittest.TestCase):
    def verify(self, secrets=SECRET, headers=HEADERS, body=BODY, at=1614265330.0):
        with mock.patch("contextdrag.webhook.time.time", return_value=at):
            return verify_webhook(secrets, headers, body)

    def test_accepts_the_example_of_the_specification(self):
        self.assertEqual(self.verify(), {"test": 2432232314})
        self.assertEqual(self.verify(body=BODY.decode()), {"test": 2432232314})

    def test_during_a_rotation_either_secret_and_either_signature_will_do(self):
        self.assertTrue(self.verify([OTHER, SECRET]))
        twice = f"v1,AAAA v2,x {HEADERS['webhook-signature']}"
        self.assertTrue(self.verify(headers={**HEADERS, "webhook-signature": twice}))

    def test_headers_in_any_case_and_as_lists(self):
        self.assertTrue(self.verify(headers={name.title(): v for name, v in HEADERS.items()}))
        self.assertTrue(self.verify(headers={name.upper(): [v] for name, v in HEADERS.items()}))

    def test_rejects_what_is_changed_forged_unsigned_or_outdated(self):
        for case in (
            {"body": BODY + b" "},
            {"secrets": OTHER},
            {"headers": {**HEADERS, "webhook-id": "msg_other"}},
            {"headers": {**HEADERS, "webhook-signature": "v1, v1,* v1,\u00e9"}},
            {"headers": {**HEADERS, "webhook-signature": ""}},
            {"headers": {**HEADERS, "webhook-timestamp": "soon"}},
            {"headers": {**HEADERS, "webhook-timestamp": "nan"}},
            {"headers": {}},
            {"at": 1614265330 + 301},
            {"at": 1614265330 - 301},
        ):
            with self.subTest(case), self.assertRaises(InvalidWebhook):
                self.verify(**case)

    def test_an_empty_secret_verifies_nothing(self):
        for secret in ("", "whsec_", "whsec_*"):
            with self.subTest(secret), self.assertRaises(ValueError):
                self.verify(secret)


if __name__ == "__main__":
    unittest.main()
