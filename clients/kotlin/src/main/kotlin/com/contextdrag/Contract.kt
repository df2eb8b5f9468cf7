// What the API takes and returns. Written by infra/clients/write.ts from openapi.json.

package com.contextdrag

import kotlinx.serialization.Serializable

public object ModelName {
    public const val INSTANT: String = "instant"
    public const val EMBEDDED: String = "embedded"
    public const val EMBEDDED_FAST: String = "embedded-fast"
    public const val FLUX1_KONTEXT_DEV: String = "flux1-kontext-dev"
    public const val FLUX2_KLEIN_4B: String = "flux2-klein-4b"
    public const val FLUX2_KLEIN_BASE_4B: String = "flux2-klein-base-4b"
    public const val FLUX2_KLEIN_9B: String = "flux2-klein-9b"
    public const val FLUX2_KLEIN_BASE_9B: String = "flux2-klein-base-9b"
    public const val LONGCAT_IMAGE_EDIT: String = "longcat-image-edit"
    public const val LONGCAT_IMAGE_EDIT_TURBO: String = "longcat-image-edit-turbo"
}

public object EditInputProfile {
    public const val DEFAULT: String = "default"
    public const val PAPER: String = "paper"
}

public object EditInputScope {
    public const val COMPONENT: String = "component"
    public const val THING: String = "thing"
    public const val GLOBAL: String = "global"
}

public object EditInputStrategy {
    public const val REVERSE_USER: String = "reverse-user"
    public const val FORWARD_SOURCE: String = "forward-source"
    public const val REVERSE_INFERRED: String = "reverse-inferred"
}

public object EditInputView {
    public const val GATHER: String = "gather"
    public const val SCATTER: String = "scatter"
}

public object EditInputPreBlocks {
    public const val SINGLE: String = "single"
    public const val ALL: String = "all"
}

public object EditInputVacated {
    public const val PAPER: String = "paper"
    public const val DROP: String = "drop"
    public const val KEEP: String = "keep"
}

public object EditInputRim {
    public const val KEEP: String = "keep"
    public const val CLEAR: String = "clear"
}

public object EditInputWorkingArea {
    public const val PHOTO: String = "photo"
    public const val REGION: String = "region"
    public const val AUTO: String = "auto"
}

public object EditInputMaskKind {
    public const val OBJECT: String = "object"
    public const val EDITABLE: String = "editable"
}

public object EditInputLambdaSchedule {
    public const val COSINE: String = "cosine"
    public const val CONSTANT: String = "constant"
}

public object EditInputLambdaBy {
    public const val STEP: String = "step"
    public const val SIGMA: String = "sigma"
}

public object EditInputInjected {
    public const val JOINT: String = "joint"
    public const val ALONE: String = "alone"
}

public object EditInputDetail {
    public const val PHOTO: String = "photo"
    public const val MODEL: String = "model"
}

public object EditInputFilling {
    public const val AUTO: String = "auto"
    public const val PATCHES: String = "patches"
    public const val NETWORK: String = "network"
}

public object EditInputField {
    public const val RIGID: String = "rigid"
    public const val INVERSE_DISTANCE: String = "inverse-distance"
}

public object EditInputShadows {
    public const val MOVE: String = "move"
    public const val KEEP: String = "keep"
}

public object OutputFormat {
    public const val PNG: String = "png"
    public const val JPEG: String = "jpeg"
    public const val WEBP: String = "webp"
}

public object UploadInputContentType {
    public const val IMAGE_PNG: String = "image/png"
    public const val IMAGE_JPEG: String = "image/jpeg"
    public const val IMAGE_WEBP: String = "image/webp"
}

public object EditStatus {
    public const val QUEUED: String = "queued"
    public const val DISPATCHING: String = "dispatching"
    public const val RUNNING: String = "running"
    public const val STORING: String = "storing"
    public const val SUCCEEDED: String = "succeeded"
    public const val FAILED: String = "failed"
    public const val CANCELED: String = "canceled"
    public const val EXPIRED: String = "expired"
}

public object EditMode {
    public const val LIVE: String = "live"
    public const val TEST: String = "test"
}

public object WarningCode {
    public const val NOTHING_MOVES: String = "nothing_moves"
    public const val THIN_MASK: String = "thin_mask"
    public const val MASK_STAYS: String = "mask_stays"
    public const val LEAVES_IMAGE: String = "leaves_image"
    public const val MASK_NOT_FINAL: String = "mask_not_final"
    public const val THING_NOT_FOUND: String = "thing_not_found"
    public const val THING_BENDS: String = "thing_bends"
    public const val DRAG_SHORTENED: String = "drag_shortened"
    public const val MASK_NOT_REFINED: String = "mask_not_refined"
}

public object EditRecordMaskFoundBy {
    public const val SAM: String = "sam"
    public const val COLOURS: String = "colours"
}

public object EditRecordEngineWeights {
    public const val INT8: String = "int8"
    public const val INT4: String = "int4"
}

public object EditRecordEngineTargetTokens {
    public const val REGION: String = "region"
}

public object ErrorCode {
    public const val INVALID_REQUEST: String = "invalid_request"
    public const val IMAGE_MISSING: String = "image_missing"
    public const val IMAGE_UNREADABLE: String = "image_unreadable"
    public const val IMAGE_TRUNCATED: String = "image_truncated"
    public const val IMAGE_TOO_LARGE: String = "image_too_large"
    public const val IMAGE_TOO_SMALL: String = "image_too_small"
    public const val IMAGE_ASPECT_UNSUPPORTED: String = "image_aspect_unsupported"
    public const val IMAGE_FORMAT_UNSUPPORTED: String = "image_format_unsupported"
    public const val IMAGE_ANIMATED: String = "image_animated"
    public const val IMAGE_UNREACHABLE: String = "image_unreachable"
    public const val MASK_UNREADABLE: String = "mask_unreadable"
    public const val MASK_TOO_LARGE: String = "mask_too_large"
    public const val MASK_SIZE_MISMATCH: String = "mask_size_mismatch"
    public const val MASK_EMPTY: String = "mask_empty"
    public const val NO_DRAGS: String = "no_drags"
    public const val TOO_MANY_DRAGS: String = "too_many_drags"
    public const val HANDLE_OUTSIDE_IMAGE: String = "handle_outside_image"
    public const val TARGET_OUTSIDE_IMAGE: String = "target_outside_image"
    public const val HANDLE_OUTSIDE_MASK: String = "handle_outside_mask"
    public const val NOTHING_MOVES: String = "nothing_moves"
    public const val NOTHING_LANDS: String = "nothing_lands"
    public const val UNKNOWN_MODEL: String = "unknown_model"
    public const val MODEL_UNAVAILABLE: String = "model_unavailable"
    public const val INVALID_OPTION: String = "invalid_option"
    public const val PROMPT_TOO_LONG: String = "prompt_too_long"
    public const val UNAUTHENTICATED: String = "unauthenticated"
    public const val FORBIDDEN: String = "forbidden"
    public const val NOT_FOUND: String = "not_found"
    public const val METHOD_NOT_ALLOWED: String = "method_not_allowed"
    public const val INSUFFICIENT_CREDIT: String = "insufficient_credit"
    public const val IDEMPOTENCY_KEY_MISSING: String = "idempotency_key_missing"
    public const val IDEMPOTENCY_KEY_REUSED: String = "idempotency_key_reused"
    public const val IDEMPOTENCY_IN_FLIGHT: String = "idempotency_in_flight"
    public const val SPEND_LIMIT: String = "spend_limit"
    public const val RATE_LIMITED: String = "rate_limited"
    public const val GONE: String = "gone"
    public const val MODERATION_UNAVAILABLE: String = "moderation_unavailable"
    public const val MAIL_UNAVAILABLE: String = "mail_unavailable"
    public const val BLOCKED: String = "blocked"
    public const val CONFLICT: String = "conflict"
    public const val WORKER_FAILED: String = "worker_failed"
    public const val WORKER_TIMEOUT: String = "worker_timeout"
    public const val BILLING_UNAVAILABLE: String = "billing_unavailable"
    public const val STORAGE_UNAVAILABLE: String = "storage_unavailable"
    public const val OVERLOADED: String = "overloaded"
    public const val INTERNAL: String = "internal"
}

public object UploadMethod {
    public const val PUT: String = "PUT"
}

public object UsageBy {
    public const val DAY: String = "day"
    public const val KEY: String = "key"
    public const val CLIENT: String = "client"
    public const val MODEL: String = "model"
}

public object WebhookMessageType {
    public const val EDIT_SUCCEEDED: String = "edit.succeeded"
    public const val EDIT_FAILED: String = "edit.failed"
    public const val EDIT_CANCELED: String = "edit.canceled"
    public const val EDIT_EXPIRED: String = "edit.expired"
    public const val BALANCE_LOW: String = "balance.low"
    public const val RECHARGE_STOPPED: String = "recharge.stopped"
    public const val TEST: String = "test"
}

public object WebhookDataStatus {
    public const val SUCCEEDED: String = "succeeded"
    public const val FAILED: String = "failed"
    public const val CANCELED: String = "canceled"
    public const val EXPIRED: String = "expired"
}

public object WebhookDataReason {
    public const val DECLINED: String = "declined"
    public const val AUTHENTICATION_REQUIRED: String = "authentication_required"
    public const val UNREACHABLE: String = "unreachable"
    public const val PACK_GONE: String = "pack_gone"
    public const val REFUNDED: String = "refunded"
    public const val DISPUTED: String = "disputed"
}

@Serializable
public class Point(
    public val x: Double,
    public val y: Double,
)

@Serializable
public class Drag(
    public val handle: Point,
    public val target: Point,
)

@Serializable
public class BoxMove(
    /** [top, left, bottom, right] around the thing. */
    public val from: List<Double>,
    /** [top, left, bottom, right] of where the thing goes. */
    public val to: List<Double>,
) {
    /** Degrees clockwise, about the middle of the box `to`. Default: 0. */
    public var rotate: Double? = null
}

@Serializable
public class Output {
    /** png is lossless; jpeg and webp are not. Default: png. One of [OutputFormat]. */
    public var format: String? = null

    /** Quality of jpeg and webp; png ignores it. Default: 90. */
    public var quality: Long? = null

    /** Longest side of the result, in pixels. Default: that of the photo. */
    public var maxSize: Long? = null
}

@Serializable
public class EditInput {
    /** At least one, unless there are moves; beside moves, only pins. */
    public var drags: List<Drag>? = null

    /**
     * Things that move from box to box. With an object mask, a thing is what of the mask lies in
     * its box; without a mask, the worker finds it there, by SAM if it has one, else by colours.
     * Cannot be combined with an editable mask.
     */
    public var moves: List<BoxMove>? = null

    /**
     * What makes the picture. instant: moves the photo’s own pixels, without a transformer; it
     * takes no prompt and no option of the transformers. Default: the best model that the key or
     * client token may use and a worker serves, otherwise instant. One of [ModelName].
     */
    public var model: String? = null

    /**
     * Defaults for options that the request leaves out. default: our recommendation. paper: as
     * published (view scatter, pixelComposite false, detail model, field inverse-distance; the mask
     * is refined by SAM if a worker has one, and its holes are filled). One of [EditInputProfile].
     */
    public var profile: String? = null

    /**
     * component: each connected part of the mask moves with its own drags. thing: each colour of
     * the mask except black is a thing, which moves with its own drags, even where it touches
     * another; with an editable mask (which is still black and white), or without a mask, the
     * things that are found in the photo are kept apart. global: the whole mask moves with all
     * drags, as in the paper’s equations. Default and paper: component. One of [EditInputScope].
     */
    public var scope: String? = null

    /**
     * Exponent of the distance when several drags are blended: each has the weight 1 /
     * distance^power. A higher power favours the nearest drag. Default and paper: 2.
     */
    public var power: Double? = null

    /**
     * How a target token finds its source token. reverse-user: along the reversed drags.
     * forward-source and reverse-inferred: the paper’s baselines, for comparison. Default and
     * paper: reverse-user. One of [EditInputStrategy].
     */
    public var strategy: String? = null

    /**
     * Which reference tokens the target sees at which positions. gather: each target position sees
     * its source token, so stretched things have no gaps. scatter: each reference token moves to
     * one position and gaps remain: only right for pure moves. Default: gather. Paper: scatter. One
     * of [EditInputView].
     */
    public var view: String? = null

    /**
     * Positional re-encoding: dragged reference tokens get the position of their target. Default
     * and paper: true.
     */
    public var pre: Boolean? = null

    /**
     * Which blocks of the transformer re-encode positions. single: the single-stream blocks. all:
     * the double-stream blocks too, which then see what the single-stream blocks see. Default and
     * paper: single. One of [EditInputPreBlocks].
     */
    public var preBlocks: String? = null

    /**
     * Overlap-aware mask: hides reference tokens that something else is dragged onto. Default and
     * paper: true.
     */
    public var oam: Boolean? = null

    /**
     * Whether the target sees what was at the places that things leave. drop: never. keep: in all
     * blocks, at its own position. paper: as its equations read, in double-stream blocks, and not
     * in single-stream blocks, unless pre is off or view is scatter. Default and paper: paper. One
     * of [EditInputVacated].
     */
    public var vacated: String? = null

    /**
     * Whether the target sees the tokens around a moving thing that its mask covers by less than
     * half, up to border tokens away. keep: yes, with the sliver of the thing that they show.
     * clear: no. The paper does not say. Default: keep. One of [EditInputRim].
     */
    public var rim: String? = null

    /**
     * How far the edit region reaches beyond what moves and where it lands, in tokens. Default: 1.
     * Paper: not given.
     */
    public var border: Long? = null

    /**
     * Which part of the photo goes to the backbone. photo: all of it. region: a crop around what
     * moves and where it lands, so that tokens are smaller pieces of the photo; the plan is that of
     * the crop. auto: region if the crop is at most half of the photo, otherwise photo. A crop
     * needs an object mask and the default profile; otherwise auto means photo, and region is
     * rejected. Default and paper: photo. One of [EditInputWorkingArea].
     */
    public var workingArea: String? = null

    /**
     * object: the mask is white on what moves (with scope thing, each colour is a thing). editable:
     * the mask is white on what may change; the worker finds the things at the handles in it, by
     * SAM if it has one, else by colours, and nothing outside the mask changes, except what affects
     * marks (see pixelComposite). Default: object. Paper: object, refined by SAM. One of
     * [EditInputMaskKind].
     */
    public var maskKind: String? = null

    /** What the result should show. Default: empty. */
    public var prompt: String? = null

    /**
     * Seed of the noise. The same seed gives the same noise on every machine. Default: random; the
     * response contains it. Paper: not given.
     */
    public var seed: Long? = null

    /**
     * Denoising steps. More steps take longer and cost more. Default: depends on the backbone
     * (embedded: 2, embedded-fast: 2, flux1-kontext-dev: 30, flux2-klein-4b: 4,
     * flux2-klein-base-4b: 50, flux2-klein-9b: 4, flux2-klein-base-9b: 50, longcat-image-edit: 50,
     * longcat-image-edit-turbo: 8). Paper: 30.
     */
    public var steps: Long? = null

    /**
     * How strongly the prompt steers. Ignored by backbones that were not trained with guidance.
     * Default: depends on the backbone. Paper: 3.
     */
    public var guidance: Double? = null

    /**
     * What the result should not show. Only used if trueGuidance is above 1. Default: empty. Paper:
     * not used.
     */
    public var negativePrompt: String? = null

    /**
     * Strength of the guidance away from the negative prompt. Above 1, each step takes two passes
     * and costs twice as much. Default: 1, which is off; flux2-klein-base-4b: 4,
     * flux2-klein-base-9b: 4, longcat-image-edit: 4.5. Paper: not used.
     */
    public var trueGuidance: Double? = null

    /**
     * Strength of the token injection at the first step. 0: no injection. 1: the attention output
     * of the reference alone. Default and paper: 0.5.
     */
    public var lambda: Double? = null

    /**
     * How lambda changes over the steps. cosine: full in the first third, falls to 0 during the
     * second, and stays 0. constant: full at every step. Default and paper: cosine. One of
     * [EditInputLambdaSchedule].
     */
    public var lambdaSchedule: String? = null

    /**
     * What the thirds of lambdaSchedule cosine are thirds of. step: of the steps. sigma: of the way
     * that the noise level has gone from 1 to 0, so that the first is longer where a backbone keeps
     * the noise level high, as those of few steps do. Default and paper: step. One of
     * [EditInputLambdaBy].
     */
    public var lambdaBy: String? = null

    /**
     * The first part of the steps in which tokens are injected at all, in any schedule: 0.8 with
     * lambdaSchedule constant is lambda for the first 80 % of the steps, then 0. Default and paper:
     * 1.
     */
    public var lambdaUntil: Double? = null

    /**
     * Which output of the reference tokens is injected. joint: that of their attention to all
     * tokens, which the backbone computes anyway. alone: to the reference tokens only, so that
     * neither text nor the noisy target is in it. The paper does not say. Default: joint. One of
     * [EditInputInjected].
     */
    public var injected: String? = null

    /**
     * The first part of the steps in which positions are re-encoded and reference tokens hidden
     * (pre, oam, vacated, rim). After it the target sees the whole photo where it was. Default and
     * paper: 1.
     */
    public var paaUntil: Double? = null

    /**
     * After each step, resets the latents outside the edit region to those of the photo. Default:
     * true in both profiles. Paper: not mentioned.
     */
    public var latentBlend: Boolean? = null

    /**
     * Keeps every pixel outside the edit region (and outside the mask if maskKind is editable)
     * exactly as in the photo, except what affects marks. These pixels may still change if the
     * result is not a PNG of the photo’s size. Default: true; false in the paper profile.
     */
    public var pixelComposite: Boolean? = null

    /**
     * The edit fades in over this many pixels of the working size, inside the edit region. 0: a
     * hard edge. Only used with pixelComposite. Default: 8. Paper: not mentioned.
     */
    public var feather: Double? = null

    /**
     * Where fine detail comes from if the photo is larger than the working size. photo: carried
     * along from the photo, wherever the backbone’s picture agrees with what was moved there.
     * model: the backbone’s picture, enlarged. Default: photo; model in the paper profile. One of
     * [EditInputDetail].
     */
    public var detail: String? = null

    /**
     * How instant fills the old place of a thing with patches of the same photo. patches: those
     * that fit to what is around it. network: those that are like the answer of an inpainting
     * network; rejected if the worker has none. auto: network if the worker has one, else patches.
     * Other models reject this option. Default: auto. One of [EditInputFilling].
     */
    public var filling: String? = null

    /**
     * How instant blends several drags. rigid: a turn and a move at every pixel, which change
     * gradually, so that things bend instead of creasing; drags that are one turn, one scale or one
     * stretch give exactly that. inverse-distance: the paper’s weighted mean, which moves the
     * tokens of the other models. Other models reject this option. Default: rigid. Paper:
     * inverse-distance. One of [EditInputField].
     */
    public var field: String? = null

    /**
     * What instant does with soft shadows beside a thing, if affects is not sent. move: they move
     * with the thing. keep: they stay. Other models reject this option. Default: move. Paper: keep.
     * One of [EditInputShadows].
     */
    public var shadows: String? = null

    /** Format and size of the result. Default: a PNG of the photo’s size. Paper: not mentioned. */
    public var output: Output? = null

    /**
     * Up to 16 entries of your own, returned with the edit and in webhooks. Lists can be filtered
     * by them.
     */
    public var metadata: Map<String, String>? = null

    /**
     * How long the edit is kept after its end: `1h`, `6h`, `7d`, at most as long as the service
     * keeps edits. Then it is deleted as if by `DELETE`: photo, result, prompt, events and
     * metadata. `none`: it is deleted soon after its result was fetched from `/result`, at the
     * latest an hour after its end. Default: as long as the service keeps edits.
     */
    public var retention: String? = null

    /**
     * The highest price of the edit, in micro-units. If it costs more, it is rejected with
     * spend_limit.
     */
    public var maxCost: Long? = null
}

@Serializable
public class PlanInputImage(
    public val width: Long,
    public val height: Long,
)

@Serializable
public class PlanInput(
    public val image: PlanInputImage,
) {
    /** At least one, unless there are moves; beside moves, only pins. */
    public var drags: List<Drag>? = null

    /**
     * Things that move from box to box. With an object mask, a thing is what of the mask lies in
     * its box; without a mask, the worker finds it there, by SAM if it has one, else by colours.
     * Cannot be combined with an editable mask.
     */
    public var moves: List<BoxMove>? = null

    /**
     * As in an edit. Without a mask, the plan is made for discs around the moving handles and has
     * the warning mask_not_final, because an edit finds the things in the photo.
     */
    public var mask: String? = null

    /** As in an edit. A crop (workingArea) includes it. */
    public var affects: String? = null

    /**
     * What makes the picture. instant: moves the photo’s own pixels, without a transformer; it
     * takes no prompt and no option of the transformers. Default: the best model that the key or
     * client token may use and a worker serves, otherwise instant. One of [ModelName].
     */
    public var model: String? = null

    /**
     * Defaults for options that the request leaves out. default: our recommendation. paper: as
     * published (view scatter, pixelComposite false, detail model, field inverse-distance; the mask
     * is refined by SAM if a worker has one, and its holes are filled). One of [EditInputProfile].
     */
    public var profile: String? = null

    /**
     * component: each connected part of the mask moves with its own drags. thing: each colour of
     * the mask except black is a thing, which moves with its own drags, even where it touches
     * another; with an editable mask (which is still black and white), or without a mask, the
     * things that are found in the photo are kept apart. global: the whole mask moves with all
     * drags, as in the paper’s equations. Default and paper: component. One of [EditInputScope].
     */
    public var scope: String? = null

    /**
     * Exponent of the distance when several drags are blended: each has the weight 1 /
     * distance^power. A higher power favours the nearest drag. Default and paper: 2.
     */
    public var power: Double? = null

    /**
     * How a target token finds its source token. reverse-user: along the reversed drags.
     * forward-source and reverse-inferred: the paper’s baselines, for comparison. Default and
     * paper: reverse-user. One of [EditInputStrategy].
     */
    public var strategy: String? = null

    /**
     * Which reference tokens the target sees at which positions. gather: each target position sees
     * its source token, so stretched things have no gaps. scatter: each reference token moves to
     * one position and gaps remain: only right for pure moves. Default: gather. Paper: scatter. One
     * of [EditInputView].
     */
    public var view: String? = null

    /**
     * Positional re-encoding: dragged reference tokens get the position of their target. Default
     * and paper: true.
     */
    public var pre: Boolean? = null

    /**
     * Which blocks of the transformer re-encode positions. single: the single-stream blocks. all:
     * the double-stream blocks too, which then see what the single-stream blocks see. Default and
     * paper: single. One of [EditInputPreBlocks].
     */
    public var preBlocks: String? = null

    /**
     * Overlap-aware mask: hides reference tokens that something else is dragged onto. Default and
     * paper: true.
     */
    public var oam: Boolean? = null

    /**
     * Whether the target sees what was at the places that things leave. drop: never. keep: in all
     * blocks, at its own position. paper: as its equations read, in double-stream blocks, and not
     * in single-stream blocks, unless pre is off or view is scatter. Default and paper: paper. One
     * of [EditInputVacated].
     */
    public var vacated: String? = null

    /**
     * Whether the target sees the tokens around a moving thing that its mask covers by less than
     * half, up to border tokens away. keep: yes, with the sliver of the thing that they show.
     * clear: no. The paper does not say. Default: keep. One of [EditInputRim].
     */
    public var rim: String? = null

    /**
     * How far the edit region reaches beyond what moves and where it lands, in tokens. Default: 1.
     * Paper: not given.
     */
    public var border: Long? = null

    /**
     * Which part of the photo goes to the backbone. photo: all of it. region: a crop around what
     * moves and where it lands, so that tokens are smaller pieces of the photo; the plan is that of
     * the crop. auto: region if the crop is at most half of the photo, otherwise photo. A crop
     * needs an object mask and the default profile; otherwise auto means photo, and region is
     * rejected. Default and paper: photo. One of [EditInputWorkingArea].
     */
    public var workingArea: String? = null

    /**
     * Denoising steps. More steps take longer and cost more. Default: depends on the backbone
     * (embedded: 2, embedded-fast: 2, flux1-kontext-dev: 30, flux2-klein-4b: 4,
     * flux2-klein-base-4b: 50, flux2-klein-9b: 4, flux2-klein-base-9b: 50, longcat-image-edit: 50,
     * longcat-image-edit-turbo: 8). Paper: 30.
     */
    public var steps: Long? = null

    /**
     * Strength of the guidance away from the negative prompt. Above 1, each step takes two passes
     * and costs twice as much. Default: 1, which is off; flux2-klein-base-4b: 4,
     * flux2-klein-base-9b: 4, longcat-image-edit: 4.5. Paper: not used.
     */
    public var trueGuidance: Double? = null
}

@Serializable
public class ImageReference {
    public var upload: String? = null

    public var edit: String? = null
}

@Serializable
public class MaskPoint(
    public val x: Double,
    public val y: Double,
) {
    /** true: the point is on the thing. false: it is not. Default: true. */
    public var on: Boolean? = null
}

@Serializable
public class Box(
    public val left: Double,
    public val top: Double,
    public val width: Double,
    public val height: Double,
)

@Serializable
public class MaskInput(
    /** An upload, or an edit to continue from its result. */
    public val image: ImageReference,
) {
    public var points: List<MaskPoint>? = null

    /** A tight box around the thing. */
    public var box: Box? = null

    /**
     * Data URL of a PNG: a rough mask whose outline is corrected. Cannot be combined with points or
     * a box.
     */
    public var mask: String? = null

    /**
     * Whether the response contains the masks of all sizes that one click may mean. Default: false.
     */
    public var candidates: Boolean? = null
}

@Serializable
public class UploadInput(
    /** One of [UploadInputContentType]. */
    public val contentType: String,
    /** Size of the photo in bytes; the upload must have exactly this size. */
    public val bytes: Long,
)

@Serializable
public data class EditProgress(
    public val step: Long,
    public val steps: Long,
)

@Serializable
public data class Size(
    public val width: Long,
    public val height: Long,
)

@Serializable
public data class Area(
    public val left: Long,
    public val top: Long,
    public val width: Long,
    public val height: Long,
)

@Serializable
public data class Grid(
    public val rows: Long,
    public val cols: Long,
)

@Serializable
public data class PlanSummary(
    public val grid: Grid,
    public val sourceMask: Long,
    public val targets: Long,
    public val view: Long,
    public val editRegion: Long,
)

@Serializable
public data class Warning(
    /** One of [WarningCode]. */
    public val code: String,
    /** Plain English, with the numbers. */
    public val message: String,
    /** Index of the drag that it is about. */
    public val drag: Long? = null,
    /** From 0 to 1: how much of the mask moves, or how much of what moves leaves the image. */
    public val share: Double? = null,
    /** nothing_moves: the smallest horizontal or vertical drag that moves something. */
    public val pixels: Double? = null,
)

@Serializable
public data class RecordedOptionsOutput(
    /** png is lossless; jpeg and webp are not. Default: png. One of [OutputFormat]. */
    public val format: String? = null,
    /** Quality of jpeg and webp; png ignores it. Default: 90. */
    public val quality: Long? = null,
    /** Longest side of the result, in pixels. Default: that of the photo. */
    public val maxSize: Long? = null,
)

@Serializable
public data class RecordedOptions(
    /** One of [EditInputProfile]. */
    public val profile: String,
    /** One of [EditInputMaskKind]. */
    public val maskKind: String,
    /** One of [EditInputScope]. */
    public val scope: String,
    public val power: Double,
    public val seed: Long,
    public val output: RecordedOptionsOutput,
    /** One of [EditInputStrategy]. */
    public val strategy: String? = null,
    /** One of [EditInputView]. */
    public val view: String? = null,
    public val pre: Boolean? = null,
    /** One of [EditInputPreBlocks]. */
    public val preBlocks: String? = null,
    public val oam: Boolean? = null,
    /** One of [EditInputVacated]. */
    public val vacated: String? = null,
    /** One of [EditInputRim]. */
    public val rim: String? = null,
    public val border: Long? = null,
    /** One of [EditInputWorkingArea]. */
    public val workingArea: String? = null,
    public val steps: Long? = null,
    public val guidance: Double? = null,
    public val trueGuidance: Double? = null,
    public val lambda: Double? = null,
    /** One of [EditInputLambdaSchedule]. */
    public val lambdaSchedule: String? = null,
    /** One of [EditInputLambdaBy]. */
    public val lambdaBy: String? = null,
    public val lambdaUntil: Double? = null,
    /** One of [EditInputInjected]. */
    public val injected: String? = null,
    public val paaUntil: Double? = null,
    public val latentBlend: Boolean? = null,
    public val pixelComposite: Boolean? = null,
    public val feather: Double? = null,
    /** One of [EditInputDetail]. */
    public val detail: String? = null,
    /** One of [EditInputFilling]. */
    public val filling: String? = null,
    /** One of [EditInputField]. */
    public val field: String? = null,
    /** One of [EditInputShadows]. */
    public val shadows: String? = null,
)

@Serializable
public data class EditRecordMask(
    /** false: no mask was sent, and the worker found the things at the handles. */
    public val given: Boolean,
    /**
     * sam: SAM corrected the outline of an object mask, or found all the things (with an editable
     * mask or without a mask). colours: at least one of these things was found by colours. null:
     * the mask was used as it was sent, or no thing was found at a handle. One of
     * [EditRecordMaskFoundBy].
     */
    public val foundBy: String?,
    /** How many times SAM or the segmentation was asked. */
    public val iterations: Long,
    /** Whether holes of the mask were filled (profile paper). */
    public val holesFilled: Boolean,
    /**
     * Share of the photo that is white in the mask that was sent, or in discs around the handles if
     * none was.
     */
    public val areaBefore: Double,
    /** Share of the photo that is white in the mask that the plan was made from. */
    public val areaAfter: Double,
)

@Serializable
public data class EditRecordAffects(
    /** Share of the photo that is white. */
    public val area: Double,
)

@Serializable
public data class EditRecordEngine(
    /** Version of the worker. */
    public val version: String,
    public val onnxruntime: String? = null,
    public val executionProvider: String? = null,
    /** Compute type of the transformer. */
    public val compute: String? = null,
    /**
     * The low precision of the transformer's weights; absent if they are as they are stored. One of
     * [EditRecordEngineWeights].
     */
    public val weights: String? = null,
    /**
     * region: only the tokens of the edit region and around it were denoised; absent if all were.
     * One of [EditRecordEngineTargetTokens].
     */
    public val targetTokens: String? = null,
    /** First 16 hex digits of the SHA-256 of the layout of the checkpoint. */
    public val checkpoint: String? = null,
    /**
     * First 16 hex digits of the SHA-256 of the inpainting network whose guess the patches of
     * instant followed; absent if none was asked.
     */
    public val inpainter: String? = null,
)

@Serializable
public data class EditRecord(
    public val options: RecordedOptions,
    /** Known from the end of the edit on if the worker has to find the mask. */
    public val mask: EditRecordMask? = null,
    /** The mask of what changes with the thing, if one was sent. */
    public val affects: EditRecordAffects? = null,
    /** Known from the end of the edit on. */
    public val engine: EditRecordEngine? = null,
)

@Serializable
public data class Price(
    /** Micro-units of the currency. */
    public val amount: Long,
    public val currency: String,
    public val version: String,
)

@Serializable
public data class EditUrls(
    public val self: String,
    public val events: String,
    public val cancel: String,
    public val result: String,
)

@Serializable
public data class EditQueue(
    public val position: Long,
    /** 0 before the first run was measured. */
    public val seconds: Double,
)

@Serializable
public data class EditResult(
    public val width: Long,
    public val height: Long,
    public val bytes: Long,
    public val url: String,
    public val expiresAt: String,
)

@Serializable
public data class Problem(
    /** The page of this code: what causes it, and what to do. */
    public val type: String,
    public val title: String,
    public val status: Long,
    /** One of [ErrorCode]. */
    public val code: String,
    public val detail: String,
    public val pointer: String? = null,
    public val requestId: String? = null,
)

@Serializable
public data class Edit(
    public val id: String,
    /** One of [EditStatus]. */
    public val status: String,
    /** One of [ModelName]. */
    public val model: String,
    /** One of [EditMode]. */
    public val mode: String,
    public val seed: Long,
    public val steps: Long,
    public val progress: EditProgress,
    public val image: Size,
    public val workingSize: Size,
    public val warnings: List<Warning>,
    public val metadata: Map<String, String>,
    public val price: Price,
    public val urls: EditUrls,
    public val createdAt: String,
    public val updatedAt: String,
    /**
     * The part of the photo that went to the backbone, which the plan is for. Absent for all of it.
     */
    public val area: Area? = null,
    /**
     * Absent until the edit is over if the worker makes the plan: if maskKind is editable, no mask
     * was sent, or SAM refines the mask.
     */
    public val plan: PlanSummary? = null,
    /** What the edit was made with. Absent for edits of a release before it was stored. */
    public val record: EditRecord? = null,
    /** Micro-units of the currency. */
    public val charged: Long? = null,
    public val endedAt: String? = null,
    /** As in the request. */
    public val retention: String? = null,
    /** When the edit deletes itself, once it is over and if retention was set. */
    public val keptUntil: String? = null,
    /** The place in the queue, and the estimated wait for a worker. */
    public val queue: EditQueue? = null,
    /** The URL needs no key and expires; get the edit again for a new one. */
    public val result: EditResult? = null,
    public val timings: Map<String, Double>? = null,
    public val error: Problem? = null,
)

@Serializable
public data class CanceledEdit(
    public val id: String,
    /** One of [EditStatus]. */
    public val status: String,
    /** One of [ModelName]. */
    public val model: String,
    /** One of [EditMode]. */
    public val mode: String,
    public val seed: Long,
    public val steps: Long,
    public val progress: EditProgress,
    public val image: Size,
    public val workingSize: Size,
    public val warnings: List<Warning>,
    public val metadata: Map<String, String>,
    public val price: Price,
    public val urls: EditUrls,
    public val createdAt: String,
    public val updatedAt: String,
    public val chargedOnCancel: Boolean,
    /**
     * The part of the photo that went to the backbone, which the plan is for. Absent for all of it.
     */
    public val area: Area? = null,
    /**
     * Absent until the edit is over if the worker makes the plan: if maskKind is editable, no mask
     * was sent, or SAM refines the mask.
     */
    public val plan: PlanSummary? = null,
    /** What the edit was made with. Absent for edits of a release before it was stored. */
    public val record: EditRecord? = null,
    /** Micro-units of the currency. */
    public val charged: Long? = null,
    public val endedAt: String? = null,
    /** As in the request. */
    public val retention: String? = null,
    /** When the edit deletes itself, once it is over and if retention was set. */
    public val keptUntil: String? = null,
    /** The place in the queue, and the estimated wait for a worker. */
    public val queue: EditQueue? = null,
    /** The URL needs no key and expires; get the edit again for a new one. */
    public val result: EditResult? = null,
    public val timings: Map<String, Double>? = null,
    public val error: Problem? = null,
)

@Serializable
public data class EditList(
    public val edits: List<Edit>,
    public val next: String? = null,
)

@Serializable
public data class PlanView(
    public val tokens: List<Long>,
    public val positions: List<Long>,
)

@Serializable
public data class Plan(
    public val workingSize: Size,
    public val grid: Grid,
    public val sourceMask: List<Long>,
    public val targets: List<Long>,
    public val sources: List<Long>,
    public val view: PlanView,
    public val editRegion: List<Long>,
    public val warnings: List<Warning>,
    public val price: Price,
    /**
     * The part of the photo that went to the backbone, which the plan is for. Absent for all of it.
     */
    public val area: Area? = null,
)

@Serializable
public data class MaskRle(
    public val size: List<Long>,
    public val counts: List<Long>,
)

@Serializable
public data class MaskCandidate(
    /** Data URL of a PNG. */
    public val mask: String,
    public val score: Double,
)

@Serializable
public data class Mask(
    public val width: Long,
    public val height: Long,
    /** Data URL of a PNG that is white on the thing. */
    public val mask: String,
    /**
     * Uncompressed run-length encoding as in COCO. size is [height, width]; counts run down the
     * columns and start with pixels outside the thing.
     */
    public val rle: MaskRle,
    /** SAM’s own estimate of the quality of the mask; null if it reports none. */
    public val score: Double?,
    /**
     * Only with candidates: true. Masks of a part, of the whole thing, and of what it belongs to,
     * smallest first. The mask of the response is the one with the highest score. For a box or
     * several points there is only one.
     */
    public val candidates: List<MaskCandidate>? = null,
)

@Serializable
public data class ModelSteps(
    public val default: Long,
    public val max: Long,
)

@Serializable
public data class ModelLicence(
    public val name: String,
    public val url: String,
)

@Serializable
public data class Model(
    /** One of [ModelName]. */
    public val name: String,
    public val title: String,
    /** Whether an edit gets this model if its request has none */
    public val default: Boolean,
    /** Denoising steps; null if the model has none */
    public val steps: ModelSteps?,
    /** Licence of the weights; null if the model has none */
    public val licence: ModelLicence?,
)

@Serializable
public data class Models(
    public val models: List<Model>,
)

@Serializable
public data class Upload(
    public val id: String,
    /** One of [UploadMethod]. */
    public val method: String,
    public val url: String,
    public val headers: Map<String, String>,
    public val expiresAt: String,
)

@Serializable
public data class UsageRow(
    public val edits: Long,
    public val captured: Long,
    public val released: Long,
    public val refunded: Long,
    /** Micro-units of the currency. */
    public val cost: Long,
    public val day: String? = null,
    public val key: String? = null,
    public val client: String? = null,
    /** Empty for what was spent before models were counted. */
    public val model: String? = null,
)

@Serializable
public data class Usage(
    public val from: String,
    public val to: String,
    /** One of [UsageBy]. */
    public val by: String,
    public val currency: String,
    public val usage: List<UsageRow>,
)

@Serializable
public data class WebhookData(
    public val id: String? = null,
    /** One of [WebhookDataStatus]. */
    public val status: String? = null,
    /** Micro-units of the currency. */
    public val cost: Long? = null,
    public val currency: String? = null,
    public val metadata: Map<String, String>? = null,
    /** Micro-units of the currency. */
    public val balance: Long? = null,
    /** Micro-units of the currency. */
    public val limit: Long? = null,
    /** One of [WebhookDataReason]. */
    public val reason: String? = null,
)

@Serializable
public data class WebhookMessage(
    /** One of [WebhookMessageType]. */
    public val type: String,
    public val timestamp: String,
    public val data: WebhookData,
)
