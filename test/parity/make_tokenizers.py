"""Makes small tokenizers of the kinds FLUX.1 ships (CLIP: vocab.json + merges.txt; T5: tokenizer.json from a SentencePiece unigram model)
and the ids the reference tokenizers give for some hundred prompts. Development only.

    pip install -r requirements.txt && python make_tokenizers.py ../fixtures/tokenizers
"""

import io
import json
import random
import shutil
import sys
from pathlib import Path

import sentencepiece
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import CLIPTokenizer, T5TokenizerFast

out = Path(sys.argv[1])
shutil.rmtree(out, ignore_errors=True)
(out / "clip").mkdir(parents=True)
(out / "t5").mkdir()

WORDS = """the a red blue small large car house tree dog cat bird mountain river sky cloud person hand face smile open close move turn left right up down
longer shorter taller wider make keep change remove add photo picture painting style light dark morning evening winter summer water fire stone
don't it's we'll they've I'm you're photograph's""".split()
OTHERS = [
    "", " ", "   ", "\n\t", "a", "A", "don't", "It's a photo-realistic picture, isn't it?", "UPPER lower MiXeD", "1234567890", "3.14 + 2.71 = 5.85",
    "move the dog's head 20% to the left!", "naïve café façade", "Ångström Øre Æther", "straße GROẞ ß", "ﬁne ﬂag ½ ¼ ² ™ ℃", "ｆｕｌｌｗｉｄｔｈ　ＴＥＸＴ",
    "e\u0301 vs \u00e9", "nbsp\u00a0here", "zero\u200bwidth\u200djoiner", "soft\u00adhyphen", "tab\tand\nnewline\r\n", "emoji 😀 👍🏽 👨‍👩‍👧‍👦 🇫🇷 ❤️", "😀😀😀",
    "日本語のテキスト", "中文提示词，移动小狗", "한국어 텍스트", "Привет, мир!", "Ελληνικά κείμενο", "العربية نص", "עברית טקסט", "हिन्दी पाठ", "ไทยข้อความ", "Tiếng Việt có dấu",
    "<|startoftext|>", "<|endoftext|> in the middle", "</s> and <pad> and <unk>", "<extra_id_0> sentinel", "http://example.com/a?b=c&d=e#f", "C++ & C# | @user #tag $5 €7 £8 ¥9",
    "\"quotes\" 'single' “curly” ‘single’", "dash - – — …", "(parens) [brackets] {braces}", "back\\slash /slash", "under_score snake_case", "a" * 300, "word " * 200,
    "the quick brown fox " * 40, "İstanbul ıı", "ΑΒΓ ς σ", "ǅ ǆ", "\u0000null", "control \u0007 bell", "\ufeffbom", "private \ue000 use", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝟙𝟚𝟛", "a\u0300\u0301\u0302", "x" + "\u0301" * 5,
]
random.seed(1)
prompts = list(OTHERS)
while len(prompts) < 240:
    count = random.choice([1, 3, 6, 12, 30])
    parts = [random.choice(WORDS) if random.random() < 0.8 else random.choice(OTHERS[3:40]) for _ in range(count)]
    text = random.choice([" ", " ", "  ", ", "]).join(parts)
    prompts.append(random.choice([str, str.upper, str.title])(text))

corpus = [" ".join(random.choices(WORDS, k=12)) for _ in range(400)] + [p for p in OTHERS if p.strip()] * 3

# CLIP: byte-level BPE whose words end in </w>, lower case, its own word pattern.
bpe = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
bpe.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
pattern = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
bpe.pre_tokenizer = pre_tokenizers.Sequence([
    pre_tokenizers.Split(Regex(pattern), behavior="removed", invert=True),
    pre_tokenizers.ByteLevel(add_prefix_space=False),
])
alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
bpe.train_from_iterator(corpus, trainers.BpeTrainer(vocab_size=900, initial_alphabet=alphabet, end_of_word_suffix="</w>", show_progress=False))
merges = json.loads(bpe.to_str())["model"]["merges"]
merges = [tuple(m) if not isinstance(m, str) else tuple(m.split(" ")) for m in merges]
# The order of the real file: bytes, bytes that end a word, merges, the two special tokens.
vocabulary = alphabet + [symbol + "</w>" for symbol in alphabet] + ["".join(m) for m in merges]
vocabulary = list(dict.fromkeys(vocabulary)) + ["<|startoftext|>", "<|endoftext|>"]
(out / "clip" / "vocab.json").write_text(json.dumps({token: i for i, token in enumerate(vocabulary)}, ensure_ascii=False) + "\n")
(out / "clip" / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))
special = dict(bos_token="<|startoftext|>", eos_token="<|endoftext|>", unk_token="<|endoftext|>", pad_token="<|endoftext|>")
config = dict(tokenizer_class="CLIPTokenizer", model_max_length=77, do_lower_case=True, **special)
(out / "clip" / "tokenizer_config.json").write_text(json.dumps(config) + "\n")
(out / "clip" / "special_tokens_map.json").write_text(json.dumps(special) + "\n")
clip = CLIPTokenizer.from_pretrained(out / "clip")

# T5: a unigram model with SentencePiece's own normalisation, converted as the hub's files were.
model = io.BytesIO()
sentencepiece.SentencePieceTrainer.train(
    sentence_iterator=iter(corpus), model_writer=model, vocab_size=420, model_type="unigram", character_coverage=1.0, pad_id=0, eos_id=1, unk_id=2, bos_id=-1,
    hard_vocab_limit=False, minloglevel=2,
)
(out / "t5" / "spiece.model").write_bytes(model.getvalue())
(out / "t5" / "tokenizer_config.json").write_text(json.dumps(dict(tokenizer_class="T5Tokenizer", extra_ids=4)) + "\n")
t5 = T5TokenizerFast.from_pretrained(out / "t5")
(out / "t5" / "spiece.model").unlink()
t5.save_pretrained(out / "t5")

rows = []
for prompt in prompts:
    rows.append(dict(
        prompt=prompt,
        clip=clip(prompt, padding="max_length", max_length=77, truncation=True)["input_ids"],
        t5=t5(prompt, padding="max_length", max_length=512, truncation=True)["input_ids"],
    ))
for row in rows:
    # Padding is known; only what comes before it is kept.
    for key, pad in (("clip", clip.pad_token_id), ("t5", t5.pad_token_id)):
        ids = row[key]
        while len(ids) > 1 and ids[-1] == pad and ids[-2] == pad:
            ids.pop()
(out / "prompts.json").write_text(json.dumps(rows, ensure_ascii=True) + "\n")
print(len(rows), clip.pad_token_id, t5.pad_token_id, type(clip).__name__, type(t5).__name__)
