package com.contextdrag;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Does with the client what a program would, for the tests against edge and worker: as drive.py. */
public final class Drive {
    private static final String MODEL = ModelName.EMBEDDED_FAST;

    public static void main(String[] args) throws IOException {
        switch (args[0]) {
            case "create" -> create(args[1], args[2], args[3]);
            case "resume" -> resume();
            case "flow" -> flow(args[1], args[2], args[3], args[4], args[5], args[6]);
            case "webhook" -> webhook(args[1], args[2], args[3], args[4], args[5]);
            default -> throw new IllegalArgumentException(args[0]);
        }
        // OkHttp's idle threads would keep the process for a minute.
        System.exit(0);
    }

    private static void say(Object... words) {
        System.out.println(Arrays.stream(words).map(String::valueOf).collect(Collectors.joining(" ")));
        System.out.flush();
    }

    private static ContextDrag client() {
        Map<String, String> env = System.getenv();
        return new ContextDrag(env.get("API"), env.get("KEY"), new FileStore(new File(env.get("STORE"))));
    }

    private static byte[] read(String path) throws IOException {
        return Files.readAllBytes(Path.of(path));
    }

    /** {@code x,y,x,y}: handle and target. */
    private static List<Drag> dragOf(String text) {
        double[] at = Arrays.stream(text.split(",")).mapToDouble(Double::parseDouble).toArray();
        return List.of(new Drag(new Point(at[0], at[1]), new Point(at[2], at[3])));
    }

    private static EditInput inputOf(String drag, long steps) {
        EditInput input = new EditInput();
        input.setDrags(dragOf(drag));
        input.setModel(MODEL);
        input.setSteps(steps);
        return input;
    }

    private static void create(String key, String photo, String drag) throws IOException {
        EditInput input = inputOf(drag, 1);
        Output output = new Output();
        output.setMaxSize(256L);
        input.setOutput(output);
        input.setMetadata(Map.of("key", key));
        say("created", client().edit(Image.ofBytes(read(photo)), input, key).getId());
    }

    private static void resume() throws IOException {
        ContextDrag api = client();
        for (SavedEdit saved : api.saved()) {
            Edit edit = api.wait(api.resume(saved.getKey()).getId());
            int bytes = api.result(edit.getId()).length;
            say("resumed", saved.getKey(), edit.getId(), edit.getStatus(), bytes);
            api.forget(saved.getKey());
        }
    }

    private static void flow(
            String photo, String mask, String drag, String out, String width, String height)
            throws IOException {
        ContextDrag api = client();
        PlanInputImage size = new PlanInputImage(Long.parseLong(width), Long.parseLong(height));
        PlanInput planned = new PlanInput(size);
        planned.setDrags(dragOf(drag));
        planned.setModel(MODEL);
        planned.setSteps(12L);
        EditInput input = inputOf(drag, 12);
        input.setMetadata(Map.of("by", out));
        Edit edit = api.edit(Image.ofBytes(read(photo)), input, "flow-" + out, read(mask));
        say("prices", api.plan(planned).getPrice().getAmount(), edit.getPrice().getAmount());
        api.events(edit.getId(), event -> {
            String status = event.getStatus() == null ? "-" : event.getStatus();
            say("event", event.getId(), event.getType(), status);
        });
        say("status", api.wait(edit.getId()).getStatus());
        Files.write(Path.of(out), api.result(edit.getId()));
        Edit next = api.edit(Image.ofEdit(edit.getId()), inputOf(drag, 1));
        say("next", api.wait(next.getId()).getStatus());
        for (Edit one : api.list(Map.of("by", out)).getEdits())
            say("listed", one.getId().equals(edit.getId()) ? "True" : "False");
        say("models", api.models().stream().map(Model::getName).collect(Collectors.joining(" ")));
        say("usage", api.usage(Map.of("by", "key")).getUsage().get(0).getEdits());
        String upload = api.upload(read(photo));
        ImageReference image = new ImageReference();
        image.setUpload(upload);
        MaskInput asked = new MaskInput(image);
        Point handle = dragOf(drag).get(0).getHandle();
        asked.setPoints(List.of(new MaskPoint(handle.getX(), handle.getY())));
        Mask found = api.mask(asked);
        say("mask", found.getWidth(), found.getHeight());
        Edit longer = api.edit(Image.ofUpload(upload), inputOf(drag, 50));
        say("cancelled", api.cancel(longer.getId()).getStatus());
        api.delete(edit.getId());
        try {
            api.get(edit.getId());
        } catch (ContextDragException error) {
            say("gone", error.getStatus(), error.getCode());
        }
    }

    private static void webhook(
            String secrets, String message, String timestamp, String signature, String body)
            throws IOException {
        Map<String, String> headers = Map.of(
                "Webhook-Id", message,
                "Webhook-Timestamp", timestamp,
                "Webhook-Signature", signature);
        try {
            WebhookMessage verified =
                    Webhooks.verifyWebhook(List.of(secrets.split(",")), headers, read(body));
            String id = verified.getData().getId();
            say("verified", verified.getType(), id == null ? "-" : id);
        } catch (InvalidWebhookException error) {
            say("invalid");
        }
    }
}
