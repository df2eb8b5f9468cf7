"""What the scripts that make golden files share: random weights and inputs, files, and the method as an attention processor."""

import torch
import torch.nn.functional as F
from diffusers.models.embeddings import apply_rotary_emb
from safetensors.torch import save_file


def randomise(model, seed, wide=("embed_tokens",), norms=("norm",)):
    """Random weights of a size that keeps activations near 1; norms around 1, so that a lost weight shows.

    `wide`: parts of the names of embeddings, whose rows are used as they are. `norms`: parts of the names of norms."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if parameter.dim() >= 2:
                fan_in = parameter[0].numel()
                parameter.copy_(noise * (1.0 if any(part in name for part in wide) else fan_in**-0.5))
            elif any(part in name for part in norms) and name.endswith("weight"):
                parameter.copy_(1 + 0.2 * noise)
            else:
                parameter.copy_(0.2 * noise)
        for name, buffer in model.named_buffers():
            if name.endswith("running_mean"):
                buffer.copy_(torch.randn(buffer.shape, generator=generator))
            if name.endswith("running_var"):
                buffer.copy_(torch.rand(buffer.shape, generator=generator) + 0.5)
    return model.eval()


def normal(*shape, seed):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def save(folder, **tensors):
    folder.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, folder / "io.safetensors")


class Control:
    """CTI, PRE and OAM as an attention processor: the method written down a second time, over diffusers' own models.

    Target queries attend to text, target and the view's keys; text and reference queries to everything at native positions. In single
    blocks the reference's output is mixed into the target's (Eq. 4)."""

    _attention_backend = None
    _parallel_config = None

    def __init__(self, text, target, control, double, view_rope):
        self.text, self.target, self.control, self.double, self.view_rope = text, target, control, double, view_rope

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, attention_mask=None, image_rotary_emb=None):
        q, k, v = self.project(attn, hidden_states, encoder_hidden_states)
        o = self.attend(q, k, v, image_rotary_emb)
        if not self.double:
            return o
        return attn.to_out[1](attn.to_out[0](o[:, self.text :])), attn.to_add_out(o[:, : self.text])

    def project(self, attn, hidden_states, encoder_hidden_states):
        heads = lambda x: x.unflatten(-1, (attn.heads, -1))
        q, k, v = (heads(layer(hidden_states)) for layer in (attn.to_q, attn.to_k, attn.to_v))
        q, k = attn.norm_q(q), attn.norm_k(k)
        if not self.double:
            return q, k, v
        eq, ek, ev = (heads(layer(encoder_hidden_states)) for layer in (attn.add_q_proj, attn.add_k_proj, attn.add_v_proj))
        return torch.cat([attn.norm_added_q(eq), q], 1), torch.cat([attn.norm_added_k(ek), k], 1), torch.cat([ev, v], 1)

    def attend(self, q, k, v, rope):
        first = self.text + self.target
        rotate = lambda x, rope: apply_rotary_emb(x, rope, sequence_dim=1)
        q, native = rotate(q, rope), rotate(k, rope)
        seen = first + self.control["double_view_tokens" if self.double else "view_tokens"]
        view_k = native[:, seen] if self.double else rotate(k[:, seen], self.view_rope)

        def attend(query, key, value):
            o = F.scaled_dot_product_attention(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2))
            return o.transpose(1, 2).flatten(2, 3)

        o = attend(q, native, v)
        target = attend(q[:, self.text : first], torch.cat([native[:, :first], view_k], 1), torch.cat([v[:, :first], v[:, seen]], 1))
        if not self.double:
            weight = self.control["inject_weight"][None, :, None]
            target = (1 - weight) * target + weight * o[:, first + self.control["inject_from"]]
        return torch.cat([o[:, : self.text], target, o[:, first:]], 1)


class Flux2Control(Control):
    """The same for FLUX.2, whose single blocks make queries, keys, values and MLP in one product, and pass no text."""

    def __call__(self, attn, hidden_states, *rest):
        # Double blocks pass (text, mask, rope), single blocks (mask, rope).
        if self.double:
            return super().__call__(attn, hidden_states, rest[0], image_rotary_emb=rest[-1])
        qkv, mlp = torch.split(attn.to_qkv_mlp_proj(hidden_states), [3 * attn.inner_dim, attn.mlp_hidden_dim * attn.mlp_mult_factor], -1)
        q, k, v = (x.unflatten(-1, (attn.heads, -1)) for x in qkv.chunk(3, -1))
        o = self.attend(attn.norm_q(q), attn.norm_k(k), v, rest[-1])
        return attn.to_out(torch.cat([o, attn.mlp_act_fn(mlp)], -1))


def set_control(model, text, target, control, view_rope, kind=Control):
    for blocks, double in [(model.transformer_blocks, True), (model.single_transformer_blocks, False)]:
        for block in blocks:
            block.attn.processor = kind(text, target, control, double, view_rope)
