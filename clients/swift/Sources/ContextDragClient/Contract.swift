// What the API takes and returns. Written by infra/clients/write.ts from openapi.json.

import Foundation

public struct ModelName: RawRepresentable, Codable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let instant = ModelName(rawValue: "instant")
    public static let embedded = ModelName(rawValue: "embedded")
    public static let embeddedFast = ModelName(rawValue: "embedded-fast")
    public static let flux1KontextDev = ModelName(rawValue: "flux1-kontext-dev")
    public static let flux2Klein4b = ModelName(rawValue: "flux2-klein-4b")
    public static let flux2KleinBase4b = ModelName(rawValue: "flux2-klein-base-4b")
    public static let flux2Klein9b = ModelName(rawValue: "flux2-klein-9b")
    public static let flux2KleinBase9b = ModelName(rawValue: "flux2-klein-base-9b")
    public static let longcatImageEdit = ModelName(rawValue: "longcat-image-edit")
    public static let longcatImageEditTurbo = ModelName(rawValue: "longcat-image-edit-turbo")
}

public struct EditInputProfile: RawRepresentable, Codable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let isDefault = EditInputProfile(rawValue: "default")
    public static let paper = EditInputProfile(rawValue: "paper")
}

public struct EditInputScope: RawRepresentable, Codable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let component = EditInputScope(rawValue: "component")
    public static let thing = EditInputScope(rawValue: "thing")
    public static let global = EditInputScope(rawValue: "global")
}

public struct EditInputStrategy: RawRepresentable, Codable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let reverseUser = EditInputStrategy(rawValue: "reverse-user")
    public static let forwardSource = EditInputStrategy(rawValue: "forward-source")
    public static let reverseInferred = EditInputStrategy(rawValue: "reverse-inferred")
}

public struct EditInputView: RawRepresentable, Codable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let gather = EditInputView(rawValue: "gather")
    public static let scatter = EditInputView(rawValue: "scatter")
}

public struct EditInputPreBlocks: RawRepresentable, Codable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let single = EditInputPreBlocks(rawValue: "single")
    public static let all = EditInputPreBlocks(rawValue: "all")
}

public struct EditInputVacated: RawRepresentable, Codable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let paper = EditInputVacated(rawValue: "paper")
    public static let drop = EditInputVacated(rawValue: "drop")
    public static let keep = EditInputVacated(rawValue: "keep")
}

public struct EditInputRim: RawRepresentable, Codable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let keep = EditInputRim(rawValue: "keep")
    public static let clear = EditInputRim(rawValue: "clear")
}

public struct EditInputWorkingArea: RawRepresentable, Codable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let photo = EditInputWorkingArea(rawValue: "photo")
    public static let region = EditInputWorkingArea(rawValue: "region")
    public static let auto = EditInputWorkingArea(rawValue: "auto")
}

public struct EditInputMaskKind: RawRepresentable, Codable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let object = EditInputMaskKind(rawValue: "object")
    public static let editable = EditInputMaskKind(rawValue: "editable")
}

public struct EditInputLambdaSchedule: RawRepresentable, Codable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let cosine = EditInputLambdaSchedule(rawValue: "cosine")
    public static let constant = EditInputLambdaSchedule(rawValue: "constant")
}

public struct EditInputLambdaBy: RawRepresentable, Codable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let step = EditInputLambdaBy(rawValue: "step")
    public static let sigma = EditInputLambdaBy(rawValue: "sigma")
}

public struct EditInputInjected: RawRepresentable, Codable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let joint = EditInputInjected(rawValue: "joint")
    public static let alone = EditInputInjected(rawValue: "alone")
}

public struct EditInputDetail: RawRepresentable, Codable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let photo = EditInputDetail(rawValue: "photo")
    public static let model = EditInputDetail(rawValue: "model")
}

public struct EditInputFilling: RawRepresentable, Codable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let auto = EditInputFilling(rawValue: "auto")
    public static let patches = EditInputFilling(rawValue: "patches")
    public static let network = EditInputFilling(rawValue: "network")
}

public struct EditInputField: RawRepresentable, Codable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let rigid = EditInputField(rawValue: "rigid")
    public static let inverseDistance = EditInputField(rawValue: "inverse-distance")
}

public struct EditInputShadows: RawRepresentable, Codable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let move = EditInputShadows(rawValue: "move")
    public static let keep = EditInputShadows(rawValue: "keep")
}

public struct OutputFormat: RawRepresentable, Codable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let png = OutputFormat(rawValue: "png")
    public static let jpeg = OutputFormat(rawValue: "jpeg")
    public static let webp = OutputFormat(rawValue: "webp")
}

public struct UploadInputContentType: RawRepresentable, Codable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let imagePng = UploadInputContentType(rawValue: "image/png")
    public static let imageJpeg = UploadInputContentType(rawValue: "image/jpeg")
    public static let imageWebp = UploadInputContentType(rawValue: "image/webp")
}

public struct EditStatus: RawRepresentable, Codable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let queued = EditStatus(rawValue: "queued")
    public static let dispatching = EditStatus(rawValue: "dispatching")
    public static let running = EditStatus(rawValue: "running")
    public static let storing = EditStatus(rawValue: "storing")
    public static let succeeded = EditStatus(rawValue: "succeeded")
    public static let failed = EditStatus(rawValue: "failed")
    public static let canceled = EditStatus(rawValue: "canceled")
    public static let expired = EditStatus(rawValue: "expired")
}

public struct EditMode: RawRepresentable, Codable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let live = EditMode(rawValue: "live")
    public static let test = EditMode(rawValue: "test")
}

public struct WarningCode: RawRepresentable, Codable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let nothingMoves = WarningCode(rawValue: "nothing_moves")
    public static let thinMask = WarningCode(rawValue: "thin_mask")
    public static let maskStays = WarningCode(rawValue: "mask_stays")
    public static let leavesImage = WarningCode(rawValue: "leaves_image")
    public static let maskNotFinal = WarningCode(rawValue: "mask_not_final")
    public static let thingNotFound = WarningCode(rawValue: "thing_not_found")
    public static let thingBends = WarningCode(rawValue: "thing_bends")
    public static let dragShortened = WarningCode(rawValue: "drag_shortened")
    public static let maskNotRefined = WarningCode(rawValue: "mask_not_refined")
}

public struct EditRecordMaskFoundBy: RawRepresentable, Codable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let sam = EditRecordMaskFoundBy(rawValue: "sam")
    public static let colours = EditRecordMaskFoundBy(rawValue: "colours")
}

public struct EditRecordEngineWeights: RawRepresentable, Codable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let int8 = EditRecordEngineWeights(rawValue: "int8")
    public static let int4 = EditRecordEngineWeights(rawValue: "int4")
}

public struct EditRecordEngineTargetTokens: RawRepresentable, Codable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let region = EditRecordEngineTargetTokens(rawValue: "region")
}

public struct ErrorCode: RawRepresentable, Codable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let invalidRequest = ErrorCode(rawValue: "invalid_request")
    public static let imageMissing = ErrorCode(rawValue: "image_missing")
    public static let imageUnreadable = ErrorCode(rawValue: "image_unreadable")
    public static let imageTruncated = ErrorCode(rawValue: "image_truncated")
    public static let imageTooLarge = ErrorCode(rawValue: "image_too_large")
    public static let imageTooSmall = ErrorCode(rawValue: "image_too_small")
    public static let imageAspectUnsupported = ErrorCode(rawValue: "image_aspect_unsupported")
    public static let imageFormatUnsupported = ErrorCode(rawValue: "image_format_unsupported")
    public static let imageAnimated = ErrorCode(rawValue: "image_animated")
    public static let imageUnreachable = ErrorCode(rawValue: "image_unreachable")
    public static let maskUnreadable = ErrorCode(rawValue: "mask_unreadable")
    public static let maskTooLarge = ErrorCode(rawValue: "mask_too_large")
    public static let maskSizeMismatch = ErrorCode(rawValue: "mask_size_mismatch")
    public static let maskEmpty = ErrorCode(rawValue: "mask_empty")
    public static let noDrags = ErrorCode(rawValue: "no_drags")
    public static let tooManyDrags = ErrorCode(rawValue: "too_many_drags")
    public static let handleOutsideImage = ErrorCode(rawValue: "handle_outside_image")
    public static let targetOutsideImage = ErrorCode(rawValue: "target_outside_image")
    public static let handleOutsideMask = ErrorCode(rawValue: "handle_outside_mask")
    public static let nothingMoves = ErrorCode(rawValue: "nothing_moves")
    public static let nothingLands = ErrorCode(rawValue: "nothing_lands")
    public static let unknownModel = ErrorCode(rawValue: "unknown_model")
    public static let modelUnavailable = ErrorCode(rawValue: "model_unavailable")
    public static let invalidOption = ErrorCode(rawValue: "invalid_option")
    public static let promptTooLong = ErrorCode(rawValue: "prompt_too_long")
    public static let unauthenticated = ErrorCode(rawValue: "unauthenticated")
    public static let forbidden = ErrorCode(rawValue: "forbidden")
    public static let notFound = ErrorCode(rawValue: "not_found")
    public static let methodNotAllowed = ErrorCode(rawValue: "method_not_allowed")
    public static let insufficientCredit = ErrorCode(rawValue: "insufficient_credit")
    public static let idempotencyKeyMissing = ErrorCode(rawValue: "idempotency_key_missing")
    public static let idempotencyKeyReused = ErrorCode(rawValue: "idempotency_key_reused")
    public static let idempotencyInFlight = ErrorCode(rawValue: "idempotency_in_flight")
    public static let spendLimit = ErrorCode(rawValue: "spend_limit")
    public static let rateLimited = ErrorCode(rawValue: "rate_limited")
    public static let gone = ErrorCode(rawValue: "gone")
    public static let moderationUnavailable = ErrorCode(rawValue: "moderation_unavailable")
    public static let mailUnavailable = ErrorCode(rawValue: "mail_unavailable")
    public static let blocked = ErrorCode(rawValue: "blocked")
    public static let conflict = ErrorCode(rawValue: "conflict")
    public static let workerFailed = ErrorCode(rawValue: "worker_failed")
    public static let workerTimeout = ErrorCode(rawValue: "worker_timeout")
    public static let billingUnavailable = ErrorCode(rawValue: "billing_unavailable")
    public static let storageUnavailable = ErrorCode(rawValue: "storage_unavailable")
    public static let overloaded = ErrorCode(rawValue: "overloaded")
    public static let internal = ErrorCode(rawValue: "internal")
}

public struct UploadMethod: RawRepresentable, Codable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let PUT = UploadMethod(rawValue: "PUT")
}

public struct UsageBy: RawRepresentable, Codable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let day = UsageBy(rawValue: "day")
    public static let key = UsageBy(rawValue: "key")
    public static let client = UsageBy(rawValue: "client")
    public static let model = UsageBy(rawValue: "model")
}

public struct WebhookMessageType: RawRepresentable, Codable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let editSucceeded = WebhookMessageType(rawValue: "edit.succeeded")
    public static let editFailed = WebhookMessageType(rawValue: "edit.failed")
    public static let editCanceled = WebhookMessageType(rawValue: "edit.canceled")
    public static let editExpired = WebhookMessageType(rawValue: "edit.expired")
    public static let balanceLow = WebhookMessageType(rawValue: "balance.low")
    public static let rechargeStopped = WebhookMessageType(rawValue: "recharge.stopped")
    public static let test = WebhookMessageType(rawValue: "test")
}

public struct WebhookDataStatus: RawRepresentable, Codable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let succeeded = WebhookDataStatus(rawValue: "succeeded")
    public static let failed = WebhookDataStatus(rawValue: "failed")
    public static let canceled = WebhookDataStatus(rawValue: "canceled")
    public static let expired = WebhookDataStatus(rawValue: "expired")
}

public struct WebhookDataReason: RawRepresentable, Codable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let declined = WebhookDataReason(rawValue: "declined")
    public static let authenticationRequired = WebhookDataReason(rawValue: "authentication_required")
    public static let unreachable = WebhookDataReason(rawValue: "unreachable")
    public static let packGone = WebhookDataReason(rawValue: "pack_gone")
    public static let refunded = WebhookDataReason(rawValue: "refunded")
    public static let disputed = WebhookDataReason(rawValue: "disputed")
}

public struct Point: Codable, Sendable {
    public var x: Double
    public var y: Double

    public init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }
}

public struct Drag: Codable, Sendable {
    public var handle: Point
    public var target: Point

    public init(handle: Point, target: Point) {
        self.handle = handle
        self.target = target
    }
}

public struct BoxMove: Codable, Sendable {
    /// [top, left, bottom, right] around the thing.
    public var from: [Double]
    /// [top, left, bottom, right] of where the thing goes.
    public var to: [Double]
    /// Degrees clockwise, about the middle of the box `to`. Default: 0.
    public var rotate: Double?

    public init(from: [Double], to: [Double]) {
        self.from = from
        self.to = to
    }
}

public struct Output: Codable, Sendable {
    /// png is lossless; jpeg and webp are not. Default: png.
    public var format: OutputFormat?
    /// Quality of jpeg and webp; png ignores it. Default: 90.
    public var quality: Int?
    /// Longest side of the result, in pixels. Default: that of the photo.
    public var maxSize: Int?

    public init() {}
}

public struct EditInput: Codable, Sendable {
    /// At least one, unless there are moves; beside moves, only pins.
    public var drags: [Drag]?
    /// Things that move from box to box. With an object mask, a thing is what of the mask lies in
    /// its box; without a mask, the worker finds it there, by SAM if it has one, else by colours.
    /// Cannot be combined with an editable mask.
    public var moves: [BoxMove]?
    /// What makes the picture. instant: moves the photo’s own pixels, without a transformer; it
    /// takes no prompt and no option of the transformers. Default: the best model that the key or
    /// client token may use and a worker serves, otherwise instant.
    public var model: ModelName?
    /// Defaults for options that the request leaves out. default: our recommendation. paper: as
    /// published (view scatter, pixelComposite false, detail model, field inverse-distance; the
    /// mask is refined by SAM if a worker has one, and its holes are filled).
    public var profile: EditInputProfile?
    /// component: each connected part of the mask moves with its own drags. thing: each colour of
    /// the mask except black is a thing, which moves with its own drags, even where it touches
    /// another; with an editable mask (which is still black and white), or without a mask, the
    /// things that are found in the photo are kept apart. global: the whole mask moves with all
    /// drags, as in the paper’s equations. Default and paper: component.
    public var scope: EditInputScope?
    /// Exponent of the distance when several drags are blended: each has the weight 1 /
    /// distance^power. A higher power favours the nearest drag. Default and paper: 2.
    public var power: Double?
    /// How a target token finds its source token. reverse-user: along the reversed drags.
    /// forward-source and reverse-inferred: the paper’s baselines, for comparison. Default and
    /// paper: reverse-user.
    public var strategy: EditInputStrategy?
    /// Which reference tokens the target sees at which positions. gather: each target position sees
    /// its source token, so stretched things have no gaps. scatter: each reference token moves to
    /// one position and gaps remain: only right for pure moves. Default: gather. Paper: scatter.
    public var view: EditInputView?
    /// Positional re-encoding: dragged reference tokens get the position of their target. Default
    /// and paper: true.
    public var pre: Bool?
    /// Which blocks of the transformer re-encode positions. single: the single-stream blocks. all:
    /// the double-stream blocks too, which then see what the single-stream blocks see. Default and
    /// paper: single.
    public var preBlocks: EditInputPreBlocks?
    /// Overlap-aware mask: hides reference tokens that something else is dragged onto. Default and
    /// paper: true.
    public var oam: Bool?
    /// Whether the target sees what was at the places that things leave. drop: never. keep: in all
    /// blocks, at its own position. paper: as its equations read, in double-stream blocks, and not
    /// in single-stream blocks, unless pre is off or view is scatter. Default and paper: paper.
    public var vacated: EditInputVacated?
    /// Whether the target sees the tokens around a moving thing that its mask covers by less than
    /// half, up to border tokens away. keep: yes, with the sliver of the thing that they show.
    /// clear: no. The paper does not say. Default: keep.
    public var rim: EditInputRim?
    /// How far the edit region reaches beyond what moves and where it lands, in tokens. Default: 1.
    /// Paper: not given.
    public var border: Int?
    /// Which part of the photo goes to the backbone. photo: all of it. region: a crop around what
    /// moves and where it lands, so that tokens are smaller pieces of the photo; the plan is that
    /// of the crop. auto: region if the crop is at most half of the photo, otherwise photo. A crop
    /// needs an object mask and the default profile; otherwise auto means photo, and region is
    /// rejected. Default and paper: photo.
    public var workingArea: EditInputWorkingArea?
    /// object: the mask is white on what moves (with scope thing, each colour is a thing).
    /// editable: the mask is white on what may change; the worker finds the things at the handles
    /// in it, by SAM if it has one, else by colours, and nothing outside the mask changes, except
    /// what affects marks (see pixelComposite). Default: object. Paper: object, refined by SAM.
    public var maskKind: EditInputMaskKind?
    /// What the result should show. Default: empty.
    public var prompt: String?
    /// Seed of the noise. The same seed gives the same noise on every machine. Default: random; the
    /// response contains it. Paper: not given.
    public var seed: Int?
    /// Denoising steps. More steps take longer and cost more. Default: depends on the backbone
    /// (embedded: 2, embedded-fast: 2, flux1-kontext-dev: 30, flux2-klein-4b: 4,
    /// flux2-klein-base-4b: 50, flux2-klein-9b: 4, flux2-klein-base-9b: 50, longcat-image-edit: 50,
    /// longcat-image-edit-turbo: 8). Paper: 30.
    public var steps: Int?
    /// How strongly the prompt steers. Ignored by backbones that were not trained with guidance.
    /// Default: depends on the backbone. Paper: 3.
    public var guidance: Double?
    /// What the result should not show. Only used if trueGuidance is above 1. Default: empty.
    /// Paper: not used.
    public var negativePrompt: String?
    /// Strength of the guidance away from the negative prompt. Above 1, each step takes two passes
    /// and costs twice as much. Default: 1, which is off; flux2-klein-base-4b: 4,
    /// flux2-klein-base-9b: 4, longcat-image-edit: 4.5. Paper: not used.
    public var trueGuidance: Double?
    /// Strength of the token injection at the first step. 0: no injection. 1: the attention output
    /// of the reference alone. Default and paper: 0.5.
    public var lambda: Double?
    /// How lambda changes over the steps. cosine: full in the first third, falls to 0 during the
    /// second, and stays 0. constant: full at every step. Default and paper: cosine.
    public var lambdaSchedule: EditInputLambdaSchedule?
    /// What the thirds of lambdaSchedule cosine are thirds of. step: of the steps. sigma: of the
    /// way that the noise level has gone from 1 to 0, so that the first is longer where a backbone
    /// keeps the noise level high, as those of few steps do. Default and paper: step.
    public var lambdaBy: EditInputLambdaBy?
    /// The first part of the steps in which tokens are injected at all, in any schedule: 0.8 with
    /// lambdaSchedule constant is lambda for the first 80 % of the steps, then 0. Default and
    /// paper: 1.
    public var lambdaUntil: Double?
    /// Which output of the reference tokens is injected. joint: that of their attention to all
    /// tokens, which the backbone computes anyway. alone: to the reference tokens only, so that
    /// neither text nor the noisy target is in it. The paper does not say. Default: joint.
    public var injected: EditInputInjected?
    /// The first part of the steps in which positions are re-encoded and reference tokens hidden
    /// (pre, oam, vacated, rim). After it the target sees the whole photo where it was. Default and
    /// paper: 1.
    public var paaUntil: Double?
    /// After each step, resets the latents outside the edit region to those of the photo. Default:
    /// true in both profiles. Paper: not mentioned.
    public var latentBlend: Bool?
    /// Keeps every pixel outside the edit region (and outside the mask if maskKind is editable)
    /// exactly as in the photo, except what affects marks. These pixels may still change if the
    /// result is not a PNG of the photo’s size. Default: true; false in the paper profile.
    public var pixelComposite: Bool?
    /// The edit fades in over this many pixels of the working size, inside the edit region. 0: a
    /// hard edge. Only used with pixelComposite. Default: 8. Paper: not mentioned.
    public var feather: Double?
    /// Where fine detail comes from if the photo is larger than the working size. photo: carried
    /// along from the photo, wherever the backbone’s picture agrees with what was moved there.
    /// model: the backbone’s picture, enlarged. Default: photo; model in the paper profile.
    public var detail: EditInputDetail?
    /// How instant fills the old place of a thing with patches of the same photo. patches: those
    /// that fit to what is around it. network: those that are like the answer of an inpainting
    /// network; rejected if the worker has none. auto: network if the worker has one, else patches.
    /// Other models reject this option. Default: auto.
    public var filling: EditInputFilling?
    /// How instant blends several drags. rigid: a turn and a move at every pixel, which change
    /// gradually, so that things bend instead of creasing; drags that are one turn, one scale or
    /// one stretch give exactly that. inverse-distance: the paper’s weighted mean, which moves the
    /// tokens of the other models. Other models reject this option. Default: rigid. Paper:
    /// inverse-distance.
    public var field: EditInputField?
    /// What instant does with soft shadows beside a thing, if affects is not sent. move: they move
    /// with the thing. keep: they stay. Other models reject this option. Default: move. Paper:
    /// keep.
    public var shadows: EditInputShadows?
    /// Format and size of the result. Default: a PNG of the photo’s size. Paper: not mentioned.
    public var output: Output?
    /// Up to 16 entries of your own, returned with the edit and in webhooks. Lists can be filtered
    /// by them.
    public var metadata: [String: String]?
    /// How long the edit is kept after its end: `1h`, `6h`, `7d`, at most as long as the service
    /// keeps edits. Then it is deleted as if by `DELETE`: photo, result, prompt, events and
    /// metadata. `none`: it is deleted soon after its result was fetched from `/result`, at the
    /// latest an hour after its end. Default: as long as the service keeps edits.
    public var retention: String?
    /// The highest price of the edit, in micro-units. If it costs more, it is rejected with
    /// spend_limit.
    public var maxCost: Int?

    public init() {}
}

public struct PlanInputImage: Codable, Sendable {
    public var width: Int
    public var height: Int

    public init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }
}

public struct PlanInput: Codable, Sendable {
    public var image: PlanInputImage
    /// At least one, unless there are moves; beside moves, only pins.
    public var drags: [Drag]?
    /// Things that move from box to box. With an object mask, a thing is what of the mask lies in
    /// its box; without a mask, the worker finds it there, by SAM if it has one, else by colours.
    /// Cannot be combined with an editable mask.
    public var moves: [BoxMove]?
    /// As in an edit. Without a mask, the plan is made for discs around the moving handles and has
    /// the warning mask_not_final, because an edit finds the things in the photo.
    public var mask: String?
    /// As in an edit. A crop (workingArea) includes it.
    public var affects: String?
    /// What makes the picture. instant: moves the photo’s own pixels, without a transformer; it
    /// takes no prompt and no option of the transformers. Default: the best model that the key or
    /// client token may use and a worker serves, otherwise instant.
    public var model: ModelName?
    /// Defaults for options that the request leaves out. default: our recommendation. paper: as
    /// published (view scatter, pixelComposite false, detail model, field inverse-distance; the
    /// mask is refined by SAM if a worker has one, and its holes are filled).
    public var profile: EditInputProfile?
    /// component: each connected part of the mask moves with its own drags. thing: each colour of
    /// the mask except black is a thing, which moves with its own drags, even where it touches
    /// another; with an editable mask (which is still black and white), or without a mask, the
    /// things that are found in the photo are kept apart. global: the whole mask moves with all
    /// drags, as in the paper’s equations. Default and paper: component.
    public var scope: EditInputScope?
    /// Exponent of the distance when several drags are blended: each has the weight 1 /
    /// distance^power. A higher power favours the nearest drag. Default and paper: 2.
    public var power: Double?
    /// How a target token finds its source token. reverse-user: along the reversed drags.
    /// forward-source and reverse-inferred: the paper’s baselines, for comparison. Default and
    /// paper: reverse-user.
    public var strategy: EditInputStrategy?
    /// Which reference tokens the target sees at which positions. gather: each target position sees
    /// its source token, so stretched things have no gaps. scatter: each reference token moves to
    /// one position and gaps remain: only right for pure moves. Default: gather. Paper: scatter.
    public var view: EditInputView?
    /// Positional re-encoding: dragged reference tokens get the position of their target. Default
    /// and paper: true.
    public var pre: Bool?
    /// Which blocks of the transformer re-encode positions. single: the single-stream blocks. all:
    /// the double-stream blocks too, which then see what the single-stream blocks see. Default and
    /// paper: single.
    public var preBlocks: EditInputPreBlocks?
    /// Overlap-aware mask: hides reference tokens that something else is dragged onto. Default and
    /// paper: true.
    public var oam: Bool?
    /// Whether the target sees what was at the places that things leave. drop: never. keep: in all
    /// blocks, at its own position. paper: as its equations read, in double-stream blocks, and not
    /// in single-stream blocks, unless pre is off or view is scatter. Default and paper: paper.
    public var vacated: EditInputVacated?
    /// Whether the target sees the tokens around a moving thing that its mask covers by less than
    /// half, up to border tokens away. keep: yes, with the sliver of the thing that they show.
    /// clear: no. The paper does not say. Default: keep.
    public var rim: EditInputRim?
    /// How far the edit region reaches beyond what moves and where it lands, in tokens. Default: 1.
    /// Paper: not given.
    public var border: Int?
    /// Which part of the photo goes to the backbone. photo: all of it. region: a crop around what
    /// moves and where it lands, so that tokens are smaller pieces of the photo; the plan is that
    /// of the crop. auto: region if the crop is at most half of the photo, otherwise photo. A crop
    /// needs an object mask and the default profile; otherwise auto means photo, and region is
    /// rejected. Default and paper: photo.
    public var workingArea: EditInputWorkingArea?
    /// Denoising steps. More steps take longer and cost more. Default: depends on the backbone
    /// (embedded: 2, embedded-fast: 2, flux1-kontext-dev: 30, flux2-klein-4b: 4,
    /// flux2-klein-base-4b: 50, flux2-klein-9b: 4, flux2-klein-base-9b: 50, longcat-image-edit: 50,
    /// longcat-image-edit-turbo: 8). Paper: 30.
    public var steps: Int?
    /// Strength of the guidance away from the negative prompt. Above 1, each step takes two passes
    /// and costs twice as much. Default: 1, which is off; flux2-klein-base-4b: 4,
    /// flux2-klein-base-9b: 4, longcat-image-edit: 4.5. Paper: not used.
    public var trueGuidance: Double?

    public init(image: PlanInputImage) {
        self.image = image
    }
}

public struct ImageReference: Codable, Sendable {
    public var upload: String?
    public var edit: String?

    public init() {}
}

public struct MaskPoint: Codable, Sendable {
    public var x: Double
    public var y: Double
    /// true: the point is on the thing. false: it is not. Default: true.
    public var on: Bool?

    public init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }
}

public struct Box: Codable, Sendable {
    public var left: Double
    public var top: Double
    public var width: Double
    public var height: Double

    public init(left: Double, top: Double, width: Double, height: Double) {
        self.left = left
        self.top = top
        self.width = width
        self.height = height
    }
}

public struct MaskInput: Codable, Sendable {
    /// An upload, or an edit to continue from its result.
    public var image: ImageReference
    public var points: [MaskPoint]?
    /// A tight box around the thing.
    public var box: Box?
    /// Data URL of a PNG: a rough mask whose outline is corrected. Cannot be combined with points
    /// or a box.
    public var mask: String?
    /// Whether the response contains the masks of all sizes that one click may mean. Default:
    /// false.
    public var candidates: Bool?

    public init(image: ImageReference) {
        self.image = image
    }
}

public struct UploadInput: Codable, Sendable {
    public var contentType: UploadInputContentType
    /// Size of the photo in bytes; the upload must have exactly this size.
    public var bytes: Int

    public init(contentType: UploadInputContentType, bytes: Int) {
        self.contentType = contentType
        self.bytes = bytes
    }
}

public struct EditProgress: Codable, Sendable {
    public let step: Int
    public let steps: Int
}

public struct Size: Codable, Sendable {
    public let width: Int
    public let height: Int
}

public struct Area: Codable, Sendable {
    public let left: Int
    public let top: Int
    public let width: Int
    public let height: Int
}

public struct Grid: Codable, Sendable {
    public let rows: Int
    public let cols: Int
}

public struct PlanSummary: Codable, Sendable {
    public let grid: Grid
    public let sourceMask: Int
    public let targets: Int
    public let view: Int
    public let editRegion: Int
}

public struct Warning: Codable, Sendable {
    public let code: WarningCode
    /// Plain English, with the numbers.
    public let message: String
    /// Index of the drag that it is about.
    public let drag: Int?
    /// From 0 to 1: how much of the mask moves, or how much of what moves leaves the image.
    public let share: Double?
    /// nothing_moves: the smallest horizontal or vertical drag that moves something.
    public let pixels: Double?
}

public struct RecordedOptionsOutput: Codable, Sendable {
    /// png is lossless; jpeg and webp are not. Default: png.
    public let format: OutputFormat?
    /// Quality of jpeg and webp; png ignores it. Default: 90.
    public let quality: Int?
    /// Longest side of the result, in pixels. Default: that of the photo.
    public let maxSize: Int?
}

public struct RecordedOptions: Codable, Sendable {
    public let profile: EditInputProfile
    public let maskKind: EditInputMaskKind
    public let scope: EditInputScope
    public let power: Double
    public let seed: Int
    public let output: RecordedOptionsOutput
    public let strategy: EditInputStrategy?
    public let view: EditInputView?
    public let pre: Bool?
    public let preBlocks: EditInputPreBlocks?
    public let oam: Bool?
    public let vacated: EditInputVacated?
    public let rim: EditInputRim?
    public let border: Int?
    public let workingArea: EditInputWorkingArea?
    public let steps: Int?
    public let guidance: Double?
    public let trueGuidance: Double?
    public let lambda: Double?
    public let lambdaSchedule: EditInputLambdaSchedule?
    public let lambdaBy: EditInputLambdaBy?
    public let lambdaUntil: Double?
    public let injected: EditInputInjected?
    public let paaUntil: Double?
    public let latentBlend: Bool?
    public let pixelComposite: Bool?
    public let feather: Double?
    public let detail: EditInputDetail?
    public let filling: EditInputFilling?
    public let field: EditInputField?
    public let shadows: EditInputShadows?
}

public struct EditRecordMask: Codable, Sendable {
    /// false: no mask was sent, and the worker found the things at the handles.
    public let given: Bool
    /// sam: SAM corrected the outline of an object mask, or found all the things (with an editable
    /// mask or without a mask). colours: at least one of these things was found by colours. null:
    /// the mask was used as it was sent, or no thing was found at a handle.
    public let foundBy: EditRecordMaskFoundBy?
    /// How many times SAM or the segmentation was asked.
    public let iterations: Int
    /// Whether holes of the mask were filled (profile paper).
    public let holesFilled: Bool
    /// Share of the photo that is white in the mask that was sent, or in discs around the handles
    /// if none was.
    public let areaBefore: Double
    /// Share of the photo that is white in the mask that the plan was made from.
    public let areaAfter: Double
}

public struct EditRecordAffects: Codable, Sendable {
    /// Share of the photo that is white.
    public let area: Double
}

public struct EditRecordEngine: Codable, Sendable {
    /// Version of the worker.
    public let version: String
    public let onnxruntime: String?
    public let executionProvider: String?
    /// Compute type of the transformer.
    public let compute: String?
    /// The low precision of the transformer's weights; absent if they are as they are stored.
    public let weights: EditRecordEngineWeights?
    /// region: only the tokens of the edit region and around it were denoised; absent if all were.
    public let targetTokens: EditRecordEngineTargetTokens?
    /// First 16 hex digits of the SHA-256 of the layout of the checkpoint.
    public let checkpoint: String?
    /// First 16 hex digits of the SHA-256 of the inpainting network whose guess the patches of
    /// instant followed; absent if none was asked.
    public let inpainter: String?
}

public struct EditRecord: Codable, Sendable {
    public let options: RecordedOptions
    /// Known from the end of the edit on if the worker has to find the mask.
    public let mask: EditRecordMask?
    /// The mask of what changes with the thing, if one was sent.
    public let affects: EditRecordAffects?
    /// Known from the end of the edit on.
    public let engine: EditRecordEngine?
}

public struct Price: Codable, Sendable {
    /// Micro-units of the currency.
    public let amount: Int
    public let currency: String
    public let version: String
}

public struct EditUrls: Codable, Sendable {
    public let edit: String
    public let events: String
    public let cancel: String
    public let result: String

    private enum CodingKeys: String, CodingKey {
        case edit = "self"
        case events
        case cancel
        case result
    }
}

public struct EditQueue: Codable, Sendable {
    public let position: Int
    /// 0 before the first run was measured.
    public let seconds: Double
}

public struct EditResult: Codable, Sendable {
    public let width: Int
    public let height: Int
    public let bytes: Int
    public let url: String
    public let expiresAt: String
}

public struct Problem: Codable, Sendable {
    /// The page of this code: what causes it, and what to do.
    public let type: String
    public let title: String
    public let status: Int
    public let code: ErrorCode
    public let detail: String
    public let pointer: String?
    public let requestId: String?
}

public struct Edit: Codable, Sendable {
    public let id: String
    public let status: EditStatus
    public let model: ModelName
    public let mode: EditMode
    public let seed: Int
    public let steps: Int
    public let progress: EditProgress
    public let image: Size
    /// The part of the photo that went to the backbone, which the plan is for. Absent for all of
    /// it.
    public let area: Area?
    public let workingSize: Size
    /// Absent until the edit is over if the worker makes the plan: if maskKind is editable, no mask
    /// was sent, or SAM refines the mask.
    public let plan: PlanSummary?
    public let warnings: [Warning]
    /// What the edit was made with. Absent for edits of a release before it was stored.
    public let record: EditRecord?
    public let metadata: [String: String]
    public let price: Price
    /// Micro-units of the currency.
    public let charged: Int?
    public let urls: EditUrls
    public let createdAt: String
    public let updatedAt: String
    public let endedAt: String?
    /// As in the request.
    public let retention: String?
    /// When the edit deletes itself, once it is over and if retention was set.
    public let keptUntil: String?
    /// The place in the queue, and the estimated wait for a worker.
    public let queue: EditQueue?
    /// The URL needs no key and expires; get the edit again for a new one.
    public let result: EditResult?
    public let timings: [String: Double]?
    public let error: Problem?
}

public struct CanceledEdit: Codable, Sendable {
    public let id: String
    public let status: EditStatus
    public let model: ModelName
    public let mode: EditMode
    public let seed: Int
    public let steps: Int
    public let progress: EditProgress
    public let image: Size
    /// The part of the photo that went to the backbone, which the plan is for. Absent for all of
    /// it.
    public let area: Area?
    public let workingSize: Size
    /// Absent until the edit is over if the worker makes the plan: if maskKind is editable, no mask
    /// was sent, or SAM refines the mask.
    public let plan: PlanSummary?
    public let warnings: [Warning]
    /// What the edit was made with. Absent for edits of a release before it was stored.
    public let record: EditRecord?
    public let metadata: [String: String]
    public let price: Price
    /// Micro-units of the currency.
    public let charged: Int?
    public let urls: EditUrls
    public let createdAt: String
    public let updatedAt: String
    public let endedAt: String?
    /// As in the request.
    public let retention: String?
    /// When the edit deletes itself, once it is over and if retention was set.
    public let keptUntil: String?
    /// The place in the queue, and the estimated wait for a worker.
    public let queue: EditQueue?
    /// The URL needs no key and expires; get the edit again for a new one.
    public let result: EditResult?
    public let timings: [String: Double]?
    public let error: Problem?
    public let chargedOnCancel: Bool
}

public struct EditList: Codable, Sendable {
    public let edits: [Edit]
    public let next: String?
}

public struct PlanView: Codable, Sendable {
    public let tokens: [Int]
    public let positions: [Int]
}

public struct Plan: Codable, Sendable {
    /// The part of the photo that went to the backbone, which the plan is for. Absent for all of
    /// it.
    public let area: Area?
    public let workingSize: Size
    public let grid: Grid
    public let sourceMask: [Int]
    public let targets: [Int]
    public let sources: [Int]
    public let view: PlanView
    public let editRegion: [Int]
    public let warnings: [Warning]
    public let price: Price
}

public struct MaskRle: Codable, Sendable {
    public let size: [Int]
    public let counts: [Int]
}

public struct MaskCandidate: Codable, Sendable {
    /// Data URL of a PNG.
    public let mask: String
    public let score: Double
}

public struct Mask: Codable, Sendable {
    public let width: Int
    public let height: Int
    /// Data URL of a PNG that is white on the thing.
    public let mask: String
    /// Uncompressed run-length encoding as in COCO. size is [height, width]; counts run down the
    /// columns and start with pixels outside the thing.
    public let rle: MaskRle
    /// SAM’s own estimate of the quality of the mask; null if it reports none.
    public let score: Double?
    /// Only with candidates: true. Masks of a part, of the whole thing, and of what it belongs to,
    /// smallest first. The mask of the response is the one with the highest score. For a box or
    /// several points there is only one.
    public let candidates: [MaskCandidate]?
}

public struct ModelSteps: Codable, Sendable {
    public let isDefault: Int
    public let max: Int

    private enum CodingKeys: String, CodingKey {
        case isDefault = "default"
        case max
    }
}

public struct ModelLicence: Codable, Sendable {
    public let name: String
    public let url: String
}

public struct Model: Codable, Sendable {
    public let name: ModelName
    public let title: String
    /// Whether an edit gets this model if its request has none
    public let isDefault: Bool
    /// Denoising steps; null if the model has none
    public let steps: ModelSteps?
    /// Licence of the weights; null if the model has none
    public let licence: ModelLicence?

    private enum CodingKeys: String, CodingKey {
        case name
        case title
        case isDefault = "default"
        case steps
        case licence
    }
}

public struct Models: Codable, Sendable {
    public let models: [Model]
}

public struct Upload: Codable, Sendable {
    public let id: String
    public let method: UploadMethod
    public let url: String
    public let headers: [String: String]
    public let expiresAt: String
}

public struct UsageRow: Codable, Sendable {
    public let day: String?
    public let key: String?
    public let client: String?
    /// Empty for what was spent before models were counted.
    public let model: String?
    public let edits: Int
    public let captured: Int
    public let released: Int
    public let refunded: Int
    /// Micro-units of the currency.
    public let cost: Int
}

public struct Usage: Codable, Sendable {
    public let from: String
    public let to: String
    public let by: UsageBy
    public let currency: String
    public let usage: [UsageRow]
}

public struct WebhookData: Codable, Sendable {
    public let id: String?
    public let status: WebhookDataStatus?
    /// Micro-units of the currency.
    public let cost: Int?
    public let currency: String?
    public let metadata: [String: String]?
    /// Micro-units of the currency.
    public let balance: Int?
    /// Micro-units of the currency.
    public let limit: Int?
    public let reason: WebhookDataReason?
}

public struct WebhookMessage: Codable, Sendable {
    public let type: WebhookMessageType
    public let timestamp: String
    public let data: WebhookData
}
