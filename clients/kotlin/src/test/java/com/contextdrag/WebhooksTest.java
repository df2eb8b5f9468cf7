package com.contextdrag;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Besides, test/infra/clients/pair.test.ts verifies what the reference package has signed. */
class WebhooksTest {
    private static final String SECRET = secretOf("a secret of twenty-four bytes");
    private static final String OTHER = secretOf("another secret of some length");
    private static final byte[] BODY =
            "{\"type\":\"test\",\"timestamp\":\"now\",\"data\":{}}".getBytes(StandardCharsets.UTF_8);

    private static String secretOf(String text) {
        return "whsec_" + Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static long now() {
        return System.currentTimeMillis() / 1000;
    }

    private static Map<String, String> signed(long at) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(Base64.getDecoder().decode(SECRET.substring(6)), "HmacSHA256"));
        mac.update(("msg_1." + at + ".").getBytes(StandardCharsets.UTF_8));
        String signature = "v1," + Base64.getEncoder().encodeToString(mac.doFinal(BODY));
        return new HashMap<>(Map.of(
                "Webhook-Id", "msg_1",
                "WEBHOOK-TIMESTAMP", String.valueOf(at),
                "webhook-signature", signature));
    }

    private static WebhookMessage verify(Map<String, String> headers, String... secrets) {
        return Webhooks.verifyWebhook(List.of(secrets), headers, BODY);
    }

    @Test
    void acceptsAMessageWithEitherSecretAndEitherSignature() throws Exception {
        assertEquals("test", verify(signed(now()), SECRET).getType());
        assertEquals("test", verify(signed(now()), OTHER, SECRET).getType());
        Map<String, String> twice = signed(now());
        twice.computeIfPresent("webhook-signature", (name, value) -> "v1,AAAA v2,x " + value);
        assertEquals("test", verify(twice, SECRET).getType());
    }

    @Test
    void rejectsOtherSecretsAndOtherBodies() throws Exception {
        Map<String, String> headers = signed(now());
        assertThrows(InvalidWebhookException.class, () -> verify(headers, OTHER));
        byte[] longer = (new String(BODY, StandardCharsets.UTF_8) + " ").getBytes(StandardCharsets.UTF_8);
        assertThrows(InvalidWebhookException.class,
                () -> Webhooks.verifyWebhook(List.of(SECRET), headers, longer));
        assertThrows(InvalidWebhookException.class, () -> verify(Map.of(), SECRET));
    }

    @ParameterizedTest
    @ValueSource(longs = {-301, 301, -100_000})
    void rejectsWhatIsOutdated(long off) throws Exception {
        Map<String, String> headers = signed(now() + off);
        assertThrows(InvalidWebhookException.class, () -> verify(headers, SECRET));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "v1,", "v1,* v1,\u00e9", "v2,AAAA", "v1,AAAA"})
    void rejectsWhatIsForged(String signature) throws Exception {
        Map<String, String> headers = signed(now());
        headers.put("webhook-signature", signature);
        assertThrows(InvalidWebhookException.class, () -> verify(headers, SECRET));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "whsec_", "whsec_*"})
    void anEmptySecretVerifiesNothing(String secret) throws Exception {
        Map<String, String> headers = signed(now());
        assertThrows(IllegalArgumentException.class, () -> verify(headers, secret));
    }
}
