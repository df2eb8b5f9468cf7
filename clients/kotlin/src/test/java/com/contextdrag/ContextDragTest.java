package com.contextdrag;

import static com.contextdrag.FakeApi.RESET;
import static com.contextdrag.FakeApi.edit;
import static com.contextdrag.FakeApi.problem;
import static com.contextdrag.FakeApi.reply;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.contextdrag.FakeApi.Reply;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContextDragTest {
    private static final String KEY = "cd_live_auto_accountaaaaa_keyaaaaaaa_secret_1mac";
    private static final byte[] PHOTO = "\u0089PNG photo".getBytes(StandardCharsets.ISO_8859_1);

    @TempDir File folder;
    private Store store;
    private final List<FakeApi> opened = new ArrayList<>();

    @BeforeEach
    void open() {
        store = new FileStore(folder);
    }

    @AfterEach
    void close() {
        opened.forEach(FakeApi::close);
    }

    private FakeApi api(Reply... replies) throws IOException {
        FakeApi api = new FakeApi(replies);
        opened.add(api);
        return api;
    }

    private ContextDrag client(FakeApi api) {
        return client(api, KEY);
    }

    private ContextDrag client(FakeApi api, String key) {
        return new ContextDrag(api.origin(), key, store);
    }

    private static EditInput input() {
        EditInput input = new EditInput();
        input.setDrags(List.of(new Drag(new Point(1, 2), new Point(3, 4))));
        input.setLambda(0.5);
        return input;
    }

    private Edit edited(ContextDrag client) throws IOException {
        return client.edit(Image.ofBytes(PHOTO), input(), "order-17");
    }

    /** Names and contents of a form's parts, whatever its boundary is. */
    private static Map<String, String> fields(FakeApi.Asked asked) {
        String body = new String(asked.body(), StandardCharsets.ISO_8859_1);
        String boundary = body.substring(0, body.indexOf("\r\n"));
        Map<String, String> fields = new TreeMap<>();
        for (String part : body.split(Pattern.quote(boundary))) {
            Matcher name = Pattern.compile("name=\"(\\w+)\"").matcher(part);
            if (name.find()) fields.put(name.group(1), part.split("\r\n\r\n", 2)[1].strip());
        }
        return fields;
    }

    private Stream<Path> files() throws IOException {
        return Files.walk(folder.toPath()).filter(Files::isRegularFile);
    }

    @Test
    void everythingIsSavedBeforeTheFirstByteIsSent() throws IOException {
        FakeApi api = api(edit("queued"));
        List<SavedEdit> seen = new ArrayList<>();
        api.onRequest = () -> seen.addAll(client(api).saved());
        edited(client(api));
        assertEquals("order-17", seen.get(0).getKey());
        assertNull(seen.get(0).getId());
        assertEquals("edit_1", client(api).saved().get(0).getId());
        // The photo is not needed any more.
        assertTrue(files().noneMatch(file -> file.endsWith("image")));
    }

    @Test
    void everyAttemptHasTheSameIdempotencyKey() throws IOException {
        FakeApi api = api(
                RESET,
                problem(503, "model_unavailable", "retry-after", "0"),
                problem(409, "idempotency_in_flight", "retry-after", "0"),
                edit("queued"));
        edited(client(api));
        assertTrue(api.asked.size() >= 4);
        assertEquals(Set.of("order-17"), api.asked.stream()
                .map(one -> one.headers().getFirst("idempotency-key"))
                .collect(Collectors.toSet()));
        assertEquals("Bearer " + KEY, api.asked.get(0).headers().getFirst("authorization"));
        Map<String, String> sent = fields(api.asked.get(api.asked.size() - 1));
        String drags = "[{\"handle\":{\"x\":1.0,\"y\":2.0},\"target\":{\"x\":3.0,\"y\":4.0}}]";
        String photo = new String(PHOTO, StandardCharsets.ISO_8859_1);
        assertEquals(Map.of("drags", drags, "lambda", "0.5", "image", photo), sent);
    }

    @Test
    void retryAfterIsWaitedFor() throws IOException {
        FakeApi api = api(problem(429, "rate_limited", "retry-after", "2"), edit("queued"));
        long start = System.nanoTime();
        client(api).get("edit_1");
        assertTrue(System.nanoTime() - start >= 2_000_000_000L);
    }

    @Test
    void errorsAreThrownWithTheirCodeWithoutARetry() throws IOException {
        FakeApi api = api(problem(402, "insufficient_credit", "retry-after", "7"));
        ContextDragException error =
                assertThrows(ContextDragException.class, () -> edited(client(api)));
        assertEquals(ErrorCode.INSUFFICIENT_CREDIT, error.getCode());
        assertEquals(402, error.getStatus());
        assertEquals(7, error.getRetryAfter());
        assertEquals(1, api.asked.size());
        // After a top-up, the same edit can be sent.
        assertEquals("order-17", client(api).saved().get(0).getKey());
    }

    @Test
    void anEditThatWouldBeRejectedAgainIsNotKept() throws IOException {
        FakeApi api = api(problem(422, "nothing_moves"));
        assertThrows(ContextDragException.class, () -> edited(client(api)));
        assertTrue(client(api).saved().isEmpty());
        assertEquals(0, folder.list().length);
    }

    @Test
    void aRedirectIsNotFollowedWithTheKey() throws IOException {
        FakeApi other = api(edit("queued"));
        FakeApi api = api(reply(302, "", "location", other.origin() + "/v1/edits/edit_1"));
        ContextDragException error =
                assertThrows(ContextDragException.class, () -> client(api).get("edit_1"));
        assertEquals(302, error.getStatus());
        assertTrue(other.asked.isEmpty());
    }

    @Test
    void aResponseOfAnotherServerIsAnErrorToo() throws IOException {
        FakeApi api = api(reply(500, "<html>"));
        ContextDragException error =
                assertThrows(ContextDragException.class, () -> client(api).get("edit_1"));
        assertEquals("internal", error.getCode());
        assertEquals(500, error.getStatus());
    }

    @Test
    void resumeSendsTheSameRequestAndLaterReadsTheEdit() throws IOException {
        FakeApi api = api(problem(503, "overloaded"), edit("queued"), edit("running"));
        ContextDrag once = new ContextDrag(api.origin(), KEY, store, new OkHttpClient(), 1);
        byte[] mask = "\u0089PNG mask".getBytes(StandardCharsets.ISO_8859_1);
        assertThrows(ContextDragException.class,
                () -> once.edit(Image.ofBytes(PHOTO), input(), "order-17", mask, null, "90s"));
        assertEquals("edit_1", client(api).resume("order-17").getId());
        assertEquals("running", client(api).resume("order-17").getStatus());
        FakeApi.Asked first = api.asked.get(0);
        FakeApi.Asked second = api.asked.get(1);
        assertEquals(fields(first), fields(second));
        assertEquals(Set.of("drags", "image", "lambda", "mask"), fields(first).keySet());
        for (FakeApi.Asked one : List.of(first, second)) {
            assertEquals("order-17", one.headers().getFirst("idempotency-key"));
            assertEquals("90s", one.headers().getFirst("cancel-after"));
        }
        assertEquals("GET /v1/edits/edit_1", api.asked.get(2).method() + " " + api.asked.get(2).path());
    }

    @Test
    void theSameCallAgainIsTheSameEditAndAnotherOneIsAnError() throws IOException {
        FakeApi api = api(edit("queued"), edit("running"));
        edited(client(api));
        assertEquals("running", edited(client(api)).getStatus());
        EditInput other = input();
        other.setPrompt("other");
        assertThrows(SavedEditException.class,
                () -> client(api).edit(Image.ofBytes(PHOTO), other, "order-17"));
        client(api).forget("order-17");
        assertThrows(SavedEditException.class, () -> client(api).resume("order-17"));
        assertEquals(2, api.asked.size());
    }

    @Test
    void anEditThatMayBePaidTwiceIsNotSentAgain() throws IOException {
        FakeApi api = api(problem(402, "insufficient_credit"), edit("queued"));
        assertThrows(ContextDragException.class, () -> edited(client(api)));
        FakeApi elsewhere = api();
        assertMessage("was made at", () -> client(elsewhere).resume("order-17"));
        String other = "cd_live_auto_accountbbbbb_keybbbbbbb_secret_1mac";
        assertMessage("another account's key", () -> client(api, other).resume("order-17"));
        String test = KEY.replace("live", "test");
        assertMessage("another account's key", () -> client(api, test).resume("order-17"));
        Path saved = files().filter(file -> file.endsWith("edit.json")).findFirst().orElseThrow();
        String text = Files.readString(saved);
        String early = "\"createdAt\":" + (System.currentTimeMillis() - (23 * 3600 + 1) * 1000L);
        Files.writeString(saved, text.replaceFirst("\"createdAt\":\\d+", early));
        assertMessage("23 hours", () -> client(api).resume("order-17"));
        Files.writeString(saved, text);
        // Another key of the same account is known to the API by the same edits.
        String rotated = "cd_live_auto_accountaaaaa_keyccccccc_another_1mac";
        assertEquals("edit_1", client(api, rotated).resume("order-17").getId());
    }

    private static void assertMessage(String part, org.junit.jupiter.api.function.Executable call) {
        SavedEditException error = assertThrows(SavedEditException.class, call);
        assertTrue(error.getMessage().contains(part), error.getMessage());
    }

    @Test
    void aClientTokenIsNotExchangedForAnotherOne() throws IOException {
        String token = "cdc_live_auto_accountaaaaa_tokenaaaaa_secret_1mac";
        FakeApi api = api(problem(401, "unauthenticated"));
        assertThrows(ContextDragException.class, () -> edited(client(api, token)));
        String other = token.replace("tokenaaaaa", "tokenbbbbb");
        assertMessage("another client token", () -> client(api, other).resume("order-17"));
        for (Path file : files().toList())
            assertFalse(Files.readString(file, StandardCharsets.ISO_8859_1).contains("secret"));
    }

    @Test
    void aLargePhotoIsUploadedOnceWithoutTheKey() throws IOException {
        byte[] photo = new byte[9_500_000];
        photo[0] = photo[2] = (byte) 0xff;
        photo[1] = (byte) 0xd8;
        FakeApi bucket = api(reply(201, ""));
        String upload = """
                {"id": "upl_1", "method": "PUT", "url": "%s/x?signature=s", "expiresAt": "",
                 "headers": {"content-type": "image/jpeg"}}""".formatted(bucket.origin());
        FakeApi api = api(reply(201, upload), problem(402, "spend_limit"), edit("queued"));
        assertThrows(ContextDragException.class,
                () -> client(api).edit(Image.ofBytes(photo), input(), "order-17"));
        client(api).resume("order-17");
        assertEquals("{\"contentType\":\"image/jpeg\",\"bytes\":9500000}",
                new String(api.asked.get(0).body(), StandardCharsets.UTF_8));
        assertEquals(1, bucket.asked.size());
        FakeApi.Asked stored = bucket.asked.get(0);
        assertEquals("PUT", stored.method());
        assertArrayEquals(photo, stored.body());
        assertNull(stored.headers().getFirst("authorization"));
        assertEquals("image/jpeg", stored.headers().getFirst("content-type"));
        for (FakeApi.Asked create : api.asked.subList(1, 3))
            assertEquals("{\"upload\":\"upl_1\"}", fields(create).get("image"));
    }

    @Test
    void waitRepeatsUntilAFinalState() throws IOException {
        FakeApi api = api(edit("running"), edit("storing"), edit("failed"));
        assertEquals("failed", client(api).wait("edit_1").getStatus());
        assertEquals(3, api.asked.size());
        for (FakeApi.Asked one : api.asked)
            assertEquals("wait=30", one.headers().getFirst("prefer"));
    }

    @Test
    void eventsContinueAfterTheLastOneWhenTheConnectionBreaks() throws IOException {
        FakeApi api = api(
                reply(200, "retry: 1000\n\nid: 1\nevent: status\ndata: {\"status\":\"queued\"}\n\n: x\n\n"),
                reply(200, "id: 2\nevent: progress\ndata: {\"step\":1,\ndata: \"steps\":2}\n\nid: 3\nev"),
                reply(200, "id: 3\r\nevent: status\r\ndata: {\"status\":\"failed\"}\r\n\r\nid: 4\n\n"));
        List<EditEvent> events = new ArrayList<>();
        client(api).events("edit_1", events::add);
        assertEquals(
                List.of(
                        new EditEvent(1, "status", "queued", null, null, null),
                        new EditEvent(2, "progress", null, 1L, 2L, null),
                        new EditEvent(3, "status", "failed", null, null, null)),
                events);
        assertEquals(List.of("0", "1", "2"), api.asked.stream()
                .map(one -> one.headers().getFirst("last-event-id")).toList());
    }

    @Test
    void whatAListenerThrowsEndsTheEvents() throws IOException {
        FakeApi api = api(reply(200, "id: 1\nevent: status\ndata: {\"status\":\"queued\"}\n\n"));
        assertThrows(IllegalStateException.class, () -> client(api).events("edit_1", event -> {
            throw new IllegalStateException();
        }));
        assertEquals(1, api.asked.size());
    }

    @Test
    void eventsAreOverWhereNothingComesAfterTheLastOne() throws IOException {
        FakeApi api = api(reply(204, ""));
        client(api).events("edit_1", event -> {
            throw new IllegalStateException();
        });
        assertEquals(1, api.asked.size());
    }

    @Test
    void aPageOfAListIsAskedForWithItsCursor() throws IOException {
        FakeApi api = api(reply(200, "{\"edits\": [], \"next\": \"c 1\"}"), reply(200, "{\"edits\": []}"));
        Map<String, String> metadata = Map.of("order", "7&8");
        EditList page = client(api).list(metadata);
        assertNull(client(api).list(metadata, page.getNext()).getNext());
        String first = "/v1/edits?metadata.order=7%268&limit=100";
        assertEquals(List.of(first, first + "&cursor=c%201"),
                api.asked.stream().map(FakeApi.Asked::path).toList());
    }
}
