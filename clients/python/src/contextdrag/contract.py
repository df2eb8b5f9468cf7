"""What the API takes and returns. Written by infra/clients/write.ts from openapi.json."""

from __future__ import annotations

from typing import Dict, List, Literal, Optional, TypedDict

ModelName = Literal[
    "instant",
    "embedded",
    "embedded-fast",
    "flux1-kontext-dev",
    "flux2-klein-4b",
    "flux2-klein-base-4b",
    "flux2-klein-9b",
    "flux2-klein-base-9b",
    "longcat-image-edit",
    "longcat-image-edit-turbo",
]

EditInputProfile = Literal[
    "default",
    "paper",
]

EditInputScope = Literal[
    "component",
    "thing",
    "global",
]

EditInputStrategy = Literal[
    "reverse-user",
    "forward-source",
    "reverse-inferred",
]

EditInputView = Literal[
    "gather",
    "scatter",
]

EditInputPreBlocks = Literal[
    "single",
    "all",
]

EditInputVacated = Literal[
    "paper",
    "drop",
    "keep",
]

EditInputRim = Literal[
    "keep",
    "clear",
]

EditInputWorkingArea = Literal[
    "photo",
    "region",
    "auto",
]

EditInputMaskKind = Literal[
    "object",
    "editable",
]

EditInputLambdaSchedule = Literal[
    "cosine",
    "constant",
]

EditInputLambdaBy = Literal[
    "step",
    "sigma",
]

EditInputInjected = Literal[
    "joint",
    "alone",
]

EditInputDetail = Literal[
    "photo",
    "model",
]

EditInputFilling = Literal[
    "auto",
    "patches",
    "network",
]

EditInputField = Literal[
    "rigid",
    "inverse-distance",
]

EditInputShadows = Literal[
    "move",
    "keep",
]

OutputFormat = Literal[
    "png",
    "jpeg",
    "webp",
]

UploadInputContentType = Literal[
    "image/png",
    "image/jpeg",
    "image/webp",
]

EditStatus = Literal[
    "queued",
    "dispatching",
    "running",
    "storing",
    "succeeded",
    "failed",
    "canceled",
    "expired",
]

EditMode = Literal[
    "live",
    "test",
]

WarningCode = Literal[
    "nothing_moves",
    "thin_mask",
    "mask_stays",
    "leaves_image",
    "mask_not_final",
    "thing_not_found",
    "thing_bends",
    "drag_shortened",
    "mask_not_refined",
]

EditRecordMaskFoundBy = Literal[
    "sam",
    "colours",
]

EditRecordEngineWeights = Literal[
    "int8",
    "int4",
]

EditRecordEngineTargetTokens = Literal["region"]

ErrorCode = Literal[
    "invalid_request",
    "image_missing",
    "image_unreadable",
    "image_truncated",
    "image_too_large",
    "image_too_small",
    "image_aspect_unsupported",
    "image_format_unsupported",
    "image_animated",
    "image_unreachable",
    "mask_unreadable",
    "mask_too_large",
    "mask_size_mismatch",
    "mask_empty",
    "no_drags",
    "too_many_drags",
    "handle_outside_image",
    "target_outside_image",
    "handle_outside_mask",
    "nothing_moves",
    "nothing_lands",
    "unknown_model",
    "model_unavailable",
    "invalid_option",
    "prompt_too_long",
    "unauthenticated",
    "forbidden",
    "not_found",
    "method_not_allowed",
    "insufficient_credit",
    "idempotency_key_missing",
    "idempotency_key_reused",
    "idempotency_in_flight",
    "spend_limit",
    "rate_limited",
    "gone",
    "moderation_unavailable",
    "mail_unavailable",
    "blocked",
    "conflict",
    "worker_failed",
    "worker_timeout",
    "billing_unavailable",
    "storage_unavailable",
    "overloaded",
    "internal",
]

UploadMethod = Literal["PUT"]

UsageBy = Literal[
    "day",
    "key",
    "client",
    "model",
]

WebhookMessageType = Literal[
    "edit.succeeded",
    "edit.failed",
    "edit.canceled",
    "edit.expired",
    "balance.low",
    "recharge.stopped",
    "test",
]

WebhookDataStatus = Literal[
    "succeeded",
    "failed",
    "canceled",
    "expired",
]

WebhookDataReason = Literal[
    "declined",
    "authentication_required",
    "unreachable",
    "pack_gone",
    "refunded",
    "disputed",
]


class Point(TypedDict):
    x: float
    y: float


class Drag(TypedDict):
    handle: Point
    target: Point


_BoxMoveRequiredWords = TypedDict(
    "_BoxMoveRequiredWords",
    {
        "from": "List[float]",
    },
)


class _BoxMoveRequired(_BoxMoveRequiredWords):
    to: List[float]
    """[top, left, bottom, right] of where the thing goes."""


class BoxMove(_BoxMoveRequired, total=False):
    rotate: float
    """Degrees clockwise, about the middle of the box `to`. Default: 0."""


class Output(TypedDict, total=False):
    format: OutputFormat
    """png is lossless; jpeg and webp are not. Default: png."""
    quality: int
    """Quality of jpeg and webp; png ignores it. Default: 90."""
    maxSize: int
    """Longest side of the result, in pixels. Default: that of the photo."""


_EditInputWords = TypedDict(
    "_EditInputWords",
    {
        "lambda": "float",
    },
    total=False,
)


class EditInput(_EditInputWords, total=False):
    drags: List[Drag]
    """At least one, unless there are moves; beside moves, only pins."""
    moves: List[BoxMove]
    """
    Things that move from box to box. With an object mask, a thing is what of the mask lies in its
    box; without a mask, the worker finds it there, by SAM if it has one, else by colours. Cannot be
    combined with an editable mask.
    """
    model: ModelName
    """
    What makes the picture. instant: moves the photo’s own pixels, without a transformer; it takes
    no prompt and no option of the transformers. Default: the best model that the key or client
    token may use and a worker serves, otherwise instant.
    """
    profile: EditInputProfile
    """
    Defaults for options that the request leaves out. default: our recommendation. paper: as
    published (view scatter, pixelComposite false, detail model, field inverse-distance; the mask is
    refined by SAM if a worker has one, and its holes are filled).
    """
    scope: EditInputScope
    """
    component: each connected part of the mask moves with its own drags. thing: each colour of the
    mask except black is a thing, which moves with its own drags, even where it touches another;
    with an editable mask (which is still black and white), or without a mask, the things that are
    found in the photo are kept apart. global: the whole mask moves with all drags, as in the
    paper’s equations. Default and paper: component.
    """
    power: float
    """
    Exponent of the distance when several drags are blended: each has the weight 1 / distance^power.
    A higher power favours the nearest drag. Default and paper: 2.
    """
    strategy: EditInputStrategy
    """
    How a target token finds its source token. reverse-user: along the reversed drags.
    forward-source and reverse-inferred: the paper’s baselines, for comparison. Default and paper:
    reverse-user.
    """
    view: EditInputView
    """
    Which reference tokens the target sees at which positions. gather: each target position sees its
    source token, so stretched things have no gaps. scatter: each reference token moves to one
    position and gaps remain: only right for pure moves. Default: gather. Paper: scatter.
    """
    pre: bool
    """
    Positional re-encoding: dragged reference tokens get the position of their target. Default and
    paper: true.
    """
    preBlocks: EditInputPreBlocks
    """
    Which blocks of the transformer re-encode positions. single: the single-stream blocks. all: the
    double-stream blocks too, which then see what the single-stream blocks see. Default and paper:
    single.
    """
    oam: bool
    """
    Overlap-aware mask: hides reference tokens that something else is dragged onto. Default and
    paper: true.
    """
    vacated: EditInputVacated
    """
    Whether the target sees what was at the places that things leave. drop: never. keep: in all
    blocks, at its own position. paper: as its equations read, in double-stream blocks, and not in
    single-stream blocks, unless pre is off or view is scatter. Default and paper: paper.
    """
    rim: EditInputRim
    """
    Whether the target sees the tokens around a moving thing that its mask covers by less than half,
    up to border tokens away. keep: yes, with the sliver of the thing that they show. clear: no. The
    paper does not say. Default: keep.
    """
    border: int
    """
    How far the edit region reaches beyond what moves and where it lands, in tokens. Default: 1.
    Paper: not given.
    """
    workingArea: EditInputWorkingArea
    """
    Which part of the photo goes to the backbone. photo: all of it. region: a crop around what moves
    and where it lands, so that tokens are smaller pieces of the photo; the plan is that of the
    crop. auto: region if the crop is at most half of the photo, otherwise photo. A crop needs an
    object mask and the default profile; otherwise auto means photo, and region is rejected. Default
    and paper: photo.
    """
    maskKind: EditInputMaskKind
    """
    object: the mask is white on what moves (with scope thing, each colour is a thing). editable:
    the mask is white on what may change; the worker finds the things at the handles in it, by SAM
    if it has one, else by colours, and nothing outside the mask changes, except what affects marks
    (see pixelComposite). Default: object. Paper: object, refined by SAM.
    """
    prompt: str
    """What the result should show. Default: empty."""
    seed: int
    """
    Seed of the noise. The same seed gives the same noise on every machine. Default: random; the
    response contains it. Paper: not given.
    """
    steps: int
    """
    Denoising steps. More steps take longer and cost more. Default: depends on the backbone
    (embedded: 2, embedded-fast: 2, flux1-kontext-dev: 30, flux2-klein-4b: 4, flux2-klein-base-4b:
    50, flux2-klein-9b: 4, flux2-klein-base-9b: 50, longcat-image-edit: 50,
    longcat-image-edit-turbo: 8). Paper: 30.
    """
    guidance: float
    """
    How strongly the prompt steers. Ignored by backbones that were not trained with guidance.
    Default: depends on the backbone. Paper: 3.
    """
    negativePrompt: str
    """
    What the result should not show. Only used if trueGuidance is above 1. Default: empty. Paper:
    not used.
    """
    trueGuidance: float
    """
    Strength of the guidance away from the negative prompt. Above 1, each step takes two passes and
    costs twice as much. Default: 1, which is off; flux2-klein-base-4b: 4, flux2-klein-base-9b: 4,
    longcat-image-edit: 4.5. Paper: not used.
    """
    lambdaSchedule: EditInputLambdaSchedule
    """
    How lambda changes over the steps. cosine: full in the first third, falls to 0 during the
    second, and stays 0. constant: full at every step. Default and paper: cosine.
    """
    lambdaBy: EditInputLambdaBy
    """
    What the thirds of lambdaSchedule cosine are thirds of. step: of the steps. sigma: of the way
    that the noise level has gone from 1 to 0, so that the first is longer where a backbone keeps
    the noise level high, as those of few steps do. Default and paper: step.
    """
    lambdaUntil: float
    """
    The first part of the steps in which tokens are injected at all, in any schedule: 0.8 with
    lambdaSchedule constant is lambda for the first 80 % of the steps, then 0. Default and paper: 1.
    """
    injected: EditInputInjected
    """
    Which output of the reference tokens is injected. joint: that of their attention to all tokens,
    which the backbone computes anyway. alone: to the reference tokens only, so that neither text
    nor the noisy target is in it. The paper does not say. Default: joint.
    """
    paaUntil: float
    """
    The first part of the steps in which positions are re-encoded and reference tokens hidden (pre,
    oam, vacated, rim). After it the target sees the whole photo where it was. Default and paper: 1.
    """
    latentBlend: bool
    """
    After each step, resets the latents outside the edit region to those of the photo. Default: true
    in both profiles. Paper: not mentioned.
    """
    pixelComposite: bool
    """
    Keeps every pixel outside the edit region (and outside the mask if maskKind is editable) exactly
    as in the photo, except what affects marks. These pixels may still change if the result is not a
    PNG of the photo’s size. Default: true; false in the paper profile.
    """
    feather: float
    """
    The edit fades in over this many pixels of the working size, inside the edit region. 0: a hard
    edge. Only used with pixelComposite. Default: 8. Paper: not mentioned.
    """
    detail: EditInputDetail
    """
    Where fine detail comes from if the photo is larger than the working size. photo: carried along
    from the photo, wherever the backbone’s picture agrees with what was moved there. model: the
    backbone’s picture, enlarged. Default: photo; model in the paper profile.
    """
    filling: EditInputFilling
    """
    How instant fills the old place of a thing with patches of the same photo. patches: those that
    fit to what is around it. network: those that are like the answer of an inpainting network;
    rejected if the worker has none. auto: network if the worker has one, else patches. Other models
    reject this option. Default: auto.
    """
    field: EditInputField
    """
    How instant blends several drags. rigid: a turn and a move at every pixel, which change
    gradually, so that things bend instead of creasing; drags that are one turn, one scale or one
    stretch give exactly that. inverse-distance: the paper’s weighted mean, which moves the tokens
    of the other models. Other models reject this option. Default: rigid. Paper: inverse-distance.
    """
    shadows: EditInputShadows
    """
    What instant does with soft shadows beside a thing, if affects is not sent. move: they move with
    the thing. keep: they stay. Other models reject this option. Default: move. Paper: keep.
    """
    output: Output
    """Format and size of the result. Default: a PNG of the photo’s size. Paper: not mentioned."""
    metadata: Dict[str, str]
    """
    Up to 16 entries of your own, returned with the edit and in webhooks. Lists can be filtered by
    them.
    """
    retention: str
    """
    How long the edit is kept after its end: `1h`, `6h`, `7d`, at most as long as the service keeps
    edits. Then it is deleted as if by `DELETE`: photo, result, prompt, events and metadata. `none`:
    it is deleted soon after its result was fetched from `/result`, at the latest an hour after its
    end. Default: as long as the service keeps edits.
    """
    maxCost: int
    """
    The highest price of the edit, in micro-units. If it costs more, it is rejected with
    spend_limit.
    """


class PlanInputImage(TypedDict):
    width: int
    height: int


class _PlanInputRequired(TypedDict):
    image: PlanInputImage


class PlanInput(_PlanInputRequired, total=False):
    drags: List[Drag]
    """At least one, unless there are moves; beside moves, only pins."""
    moves: List[BoxMove]
    """
    Things that move from box to box. With an object mask, a thing is what of the mask lies in its
    box; without a mask, the worker finds it there, by SAM if it has one, else by colours. Cannot be
    combined with an editable mask.
    """
    mask: str
    """
    As in an edit. Without a mask, the plan is made for discs around the moving handles and has the
    warning mask_not_final, because an edit finds the things in the photo.
    """
    affects: str
    """As in an edit. A crop (workingArea) includes it."""
    model: ModelName
    """
    What makes the picture. instant: moves the photo’s own pixels, without a transformer; it takes
    no prompt and no option of the transformers. Default: the best model that the key or client
    token may use and a worker serves, otherwise instant.
    """
    profile: EditInputProfile
    """
    Defaults for options that the request leaves out. default: our recommendation. paper: as
    published (view scatter, pixelComposite false, detail model, field inverse-distance; the mask is
    refined by SAM if a worker has one, and its holes are filled).
    """
    scope: EditInputScope
    """
    component: each connected part of the mask moves with its own drags. thing: each colour of the
    mask except black is a thing, which moves with its own drags, even where it touches another;
    with an editable mask (which is still black and white), or without a mask, the things that are
    found in the photo are kept apart. global: the whole mask moves with all drags, as in the
    paper’s equations. Default and paper: component.
    """
    power: float
    """
    Exponent of the distance when several drags are blended: each has the weight 1 / distance^power.
    A higher power favours the nearest drag. Default and paper: 2.
    """
    strategy: EditInputStrategy
    """
    How a target token finds its source token. reverse-user: along the reversed drags.
    forward-source and reverse-inferred: the paper’s baselines, for comparison. Default and paper:
    reverse-user.
    """
    view: EditInputView
    """
    Which reference tokens the target sees at which positions. gather: each target position sees its
    source token, so stretched things have no gaps. scatter: each reference token moves to one
    position and gaps remain: only right for pure moves. Default: gather. Paper: scatter.
    """
    pre: bool
    """
    Positional re-encoding: dragged reference tokens get the position of their target. Default and
    paper: true.
    """
    preBlocks: EditInputPreBlocks
    """
    Which blocks of the transformer re-encode positions. single: the single-stream blocks. all: the
    double-stream blocks too, which then see what the single-stream blocks see. Default and paper:
    single.
    """
    oam: bool
    """
    Overlap-aware mask: hides reference tokens that something else is dragged onto. Default and
    paper: true.
    """
    vacated: EditInputVacated
    """
    Whether the target sees what was at the places that things leave. drop: never. keep: in all
    blocks, at its own position. paper: as its equations read, in double-stream blocks, and not in
    single-stream blocks, unless pre is off or view is scatter. Default and paper: paper.
    """
    rim: EditInputRim
    """
    Whether the target sees the tokens around a moving thing that its mask covers by less than half,
    up to border tokens away. keep: yes, with the sliver of the thing that they show. clear: no. The
    paper does not say. Default: keep.
    """
    border: int
    """
    How far the edit region reaches beyond what moves and where it lands, in tokens. Default: 1.
    Paper: not given.
    """
    workingArea: EditInputWorkingArea
    """
    Which part of the photo goes to the backbone. photo: all of it. region: a crop around what moves
    and where it lands, so that tokens are smaller pieces of the photo; the plan is that of the
    crop. auto: region if the crop is at most half of the photo, otherwise photo. A crop needs an
    object mask and the default profile; otherwise auto means photo, and region is rejected. Default
    and paper: photo.
    """
    steps: int
    """
    Denoising steps. More steps take longer and cost more. Default: depends on the backbone
    (embedded: 2, embedded-fast: 2, flux1-kontext-dev: 30, flux2-klein-4b: 4, flux2-klein-base-4b:
    50, flux2-klein-9b: 4, flux2-klein-base-9b: 50, longcat-image-edit: 50,
    longcat-image-edit-turbo: 8). Paper: 30.
    """
    trueGuidance: float
    """
    Strength of the guidance away from the negative prompt. Above 1, each step takes two passes and
    costs twice as much. Default: 1, which is off; flux2-klein-base-4b: 4, flux2-klein-base-9b: 4,
    longcat-image-edit: 4.5. Paper: not used.
    """


class ImageReference(TypedDict, total=False):
    upload: str
    edit: str


class _MaskPointRequired(TypedDict):
    x: float
    y: float


class MaskPoint(_MaskPointRequired, total=False):
    on: bool
    """true: the point is on the thing. false: it is not. Default: true."""


class Box(TypedDict):
    left: float
    top: float
    width: float
    height: float


class _MaskInputRequired(TypedDict):
    image: ImageReference
    """An upload, or an edit to continue from its result."""


class MaskInput(_MaskInputRequired, total=False):
    points: List[MaskPoint]
    box: Box
    """A tight box around the thing."""
    mask: str
    """
    Data URL of a PNG: a rough mask whose outline is corrected. Cannot be combined with points or a
    box.
    """
    candidates: bool
    """
    Whether the response contains the masks of all sizes that one click may mean. Default: false.
    """


class UploadInput(TypedDict):
    contentType: UploadInputContentType
    bytes: int
    """Size of the photo in bytes; the upload must have exactly this size."""


class EditProgress(TypedDict):
    step: int
    steps: int


class Size(TypedDict):
    width: int
    height: int


class Area(TypedDict):
    left: int
    top: int
    width: int
    height: int


class Grid(TypedDict):
    rows: int
    cols: int


class PlanSummary(TypedDict):
    grid: Grid
    sourceMask: int
    targets: int
    view: int
    editRegion: int


class _WarningRequired(TypedDict):
    code: WarningCode
    message: str
    """Plain English, with the numbers."""


class Warning(_WarningRequired, total=False):
    drag: int
    """Index of the drag that it is about."""
    share: float
    """From 0 to 1: how much of the mask moves, or how much of what moves leaves the image."""
    pixels: float
    """nothing_moves: the smallest horizontal or vertical drag that moves something."""


class RecordedOptionsOutput(TypedDict, total=False):
    format: OutputFormat
    """png is lossless; jpeg and webp are not. Default: png."""
    quality: int
    """Quality of jpeg and webp; png ignores it. Default: 90."""
    maxSize: int
    """Longest side of the result, in pixels. Default: that of the photo."""


_RecordedOptionsWords = TypedDict(
    "_RecordedOptionsWords",
    {
        "lambda": "float",
    },
    total=False,
)


class _RecordedOptionsRequired(_RecordedOptionsWords):
    profile: EditInputProfile
    maskKind: EditInputMaskKind
    scope: EditInputScope
    power: float
    seed: int
    output: RecordedOptionsOutput


class RecordedOptions(_RecordedOptionsRequired, total=False):
    strategy: EditInputStrategy
    view: EditInputView
    pre: bool
    preBlocks: EditInputPreBlocks
    oam: bool
    vacated: EditInputVacated
    rim: EditInputRim
    border: int
    workingArea: EditInputWorkingArea
    steps: int
    guidance: Optional[float]
    trueGuidance: float
    lambdaSchedule: EditInputLambdaSchedule
    lambdaBy: EditInputLambdaBy
    lambdaUntil: float
    injected: EditInputInjected
    paaUntil: float
    latentBlend: bool
    pixelComposite: bool
    feather: float
    detail: EditInputDetail
    filling: EditInputFilling
    field: EditInputField
    shadows: EditInputShadows


class EditRecordMask(TypedDict):
    given: bool
    """false: no mask was sent, and the worker found the things at the handles."""
    foundBy: Optional[EditRecordMaskFoundBy]
    """
    sam: SAM corrected the outline of an object mask, or found all the things (with an editable mask
    or without a mask). colours: at least one of these things was found by colours. null: the mask
    was used as it was sent, or no thing was found at a handle.
    """
    iterations: int
    """How many times SAM or the segmentation was asked."""
    holesFilled: bool
    """Whether holes of the mask were filled (profile paper)."""
    areaBefore: float
    """
    Share of the photo that is white in the mask that was sent, or in discs around the handles if
    none was.
    """
    areaAfter: float
    """Share of the photo that is white in the mask that the plan was made from."""


class EditRecordAffects(TypedDict):
    area: float
    """Share of the photo that is white."""


class _EditRecordEngineRequired(TypedDict):
    version: str
    """Version of the worker."""


class EditRecordEngine(_EditRecordEngineRequired, total=False):
    onnxruntime: str
    executionProvider: str
    compute: str
    """Compute type of the transformer."""
    weights: EditRecordEngineWeights
    """The low precision of the transformer's weights; absent if they are as they are stored."""
    targetTokens: EditRecordEngineTargetTokens
    """
    region: only the tokens of the edit region and around it were denoised; absent if all were.
    """
    checkpoint: str
    """First 16 hex digits of the SHA-256 of the layout of the checkpoint."""
    inpainter: str
    """
    First 16 hex digits of the SHA-256 of the inpainting network whose guess the patches of instant
    followed; absent if none was asked.
    """


class _EditRecordRequired(TypedDict):
    options: RecordedOptions


class EditRecord(_EditRecordRequired, total=False):
    mask: EditRecordMask
    """Known from the end of the edit on if the worker has to find the mask."""
    affects: EditRecordAffects
    """The mask of what changes with the thing, if one was sent."""
    engine: EditRecordEngine
    """Known from the end of the edit on."""


class Price(TypedDict):
    amount: int
    """Micro-units of the currency."""
    currency: str
    version: str


class EditUrls(TypedDict):
    self: str
    events: str
    cancel: str
    result: str


class EditQueue(TypedDict):
    position: int
    seconds: float
    """0 before the first run was measured."""


class EditResult(TypedDict):
    width: int
    height: int
    bytes: int
    url: str
    expiresAt: str


class _ProblemRequired(TypedDict):
    type: str
    """The page of this code: what causes it, and what to do."""
    title: str
    status: int
    code: ErrorCode
    detail: str


class Problem(_ProblemRequired, total=False):
    pointer: str
    requestId: str


class _EditRequired(TypedDict):
    id: str
    status: EditStatus
    model: ModelName
    mode: EditMode
    seed: int
    steps: int
    progress: EditProgress
    image: Size
    workingSize: Size
    warnings: List[Warning]
    metadata: Dict[str, str]
    price: Price
    urls: EditUrls
    createdAt: str
    updatedAt: str


class Edit(_EditRequired, total=False):
    area: Area
    """
    The part of the photo that went to the backbone, which the plan is for. Absent for all of it.
    """
    plan: PlanSummary
    """
    Absent until the edit is over if the worker makes the plan: if maskKind is editable, no mask was
    sent, or SAM refines the mask.
    """
    record: EditRecord
    """What the edit was made with. Absent for edits of a release before it was stored."""
    charged: int
    """Micro-units of the currency."""
    endedAt: str
    retention: str
    """As in the request."""
    keptUntil: str
    """When the edit deletes itself, once it is over and if retention was set."""
    queue: EditQueue
    """The place in the queue, and the estimated wait for a worker."""
    result: EditResult
    """The URL needs no key and expires; get the edit again for a new one."""
    timings: Dict[str, float]
    error: Problem


class _CanceledEditRequired(TypedDict):
    id: str
    status: EditStatus
    model: ModelName
    mode: EditMode
    seed: int
    steps: int
    progress: EditProgress
    image: Size
    workingSize: Size
    warnings: List[Warning]
    metadata: Dict[str, str]
    price: Price
    urls: EditUrls
    createdAt: str
    updatedAt: str
    chargedOnCancel: bool


class CanceledEdit(_CanceledEditRequired, total=False):
    area: Area
    """
    The part of the photo that went to the backbone, which the plan is for. Absent for all of it.
    """
    plan: PlanSummary
    """
    Absent until the edit is over if the worker makes the plan: if maskKind is editable, no mask was
    sent, or SAM refines the mask.
    """
    record: EditRecord
    """What the edit was made with. Absent for edits of a release before it was stored."""
    charged: int
    """Micro-units of the currency."""
    endedAt: str
    retention: str
    """As in the request."""
    keptUntil: str
    """When the edit deletes itself, once it is over and if retention was set."""
    queue: EditQueue
    """The place in the queue, and the estimated wait for a worker."""
    result: EditResult
    """The URL needs no key and expires; get the edit again for a new one."""
    timings: Dict[str, float]
    error: Problem


class _EditListRequired(TypedDict):
    edits: List[Edit]


class EditList(_EditListRequired, total=False):
    next: str


class PlanView(TypedDict):
    tokens: List[int]
    positions: List[int]


class _PlanRequired(TypedDict):
    workingSize: Size
    grid: Grid
    sourceMask: List[int]
    targets: List[int]
    sources: List[int]
    view: PlanView
    editRegion: List[int]
    warnings: List[Warning]
    price: Price


class Plan(_PlanRequired, total=False):
    area: Area
    """
    The part of the photo that went to the backbone, which the plan is for. Absent for all of it.
    """


class MaskRle(TypedDict):
    size: List[int]
    counts: List[int]


class MaskCandidate(TypedDict):
    mask: str
    """Data URL of a PNG."""
    score: float


class _MaskRequired(TypedDict):
    width: int
    height: int
    mask: str
    """Data URL of a PNG that is white on the thing."""
    rle: MaskRle
    """
    Uncompressed run-length encoding as in COCO. size is [height, width]; counts run down the
    columns and start with pixels outside the thing.
    """
    score: Optional[float]
    """SAM’s own estimate of the quality of the mask; null if it reports none."""


class Mask(_MaskRequired, total=False):
    candidates: List[MaskCandidate]
    """
    Only with candidates: true. Masks of a part, of the whole thing, and of what it belongs to,
    smallest first. The mask of the response is the one with the highest score. For a box or several
    points there is only one.
    """


class ModelSteps(TypedDict):
    default: int
    max: int


class ModelLicence(TypedDict):
    name: str
    url: str


class Model(TypedDict):
    name: ModelName
    title: str
    default: bool
    """Whether an edit gets this model if its request has none"""
    steps: Optional[ModelSteps]
    """Denoising steps; null if the model has none"""
    licence: Optional[ModelLicence]
    """Licence of the weights; null if the model has none"""


class Models(TypedDict):
    models: List[Model]


class Upload(TypedDict):
    id: str
    method: UploadMethod
    url: str
    headers: Dict[str, str]
    expiresAt: str


class _UsageRowRequired(TypedDict):
    edits: int
    captured: int
    released: int
    refunded: int
    cost: int
    """Micro-units of the currency."""


class UsageRow(_UsageRowRequired, total=False):
    day: str
    key: str
    client: str
    model: str
    """Empty for what was spent before models were counted."""


_UsageRequiredWords = TypedDict(
    "_UsageRequiredWords",
    {
        "from": "str",
    },
)


class Usage(_UsageRequiredWords):
    to: str
    by: UsageBy
    currency: str
    usage: List[UsageRow]


class WebhookData(TypedDict, total=False):
    id: str
    status: WebhookDataStatus
    cost: int
    """Micro-units of the currency."""
    currency: str
    metadata: Dict[str, str]
    balance: int
    """Micro-units of the currency."""
    limit: int
    """Micro-units of the currency."""
    reason: WebhookDataReason


class WebhookMessage(TypedDict):
    type: WebhookMessageType
    timestamp: str
    data: WebhookData
