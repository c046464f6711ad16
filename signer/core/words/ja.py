"""Japanese sentences. Every code has one; placeholders are the details its maker gives."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final

from signer.core.errors import Bad, Broken, Lock
from signer.core.finding import Code

FINDINGS: Final[Mapping[Code, str]] = MappingProxyType(
    {
        Code.PREVIOUS_MISSING: "入力{input}：元の取引が添付されていないため、金額を確認できません。",
        Code.PREVIOUS_WRONG_ID: "入力{input}：添付された取引は、この入力が使う取引ではありません。",
        Code.PREVIOUS_NO_OUTPUT: "入力{input}：元の取引に該当する出力がありません。",
        Code.PREVIOUS_DIFFERS: "入力{input}：申告された金額またはスクリプトが、元の取引と一致しません。",
        Code.INPUT_FOREIGN: "入力{input}はこの口座のものではありません。",
        Code.INPUT_DUPLICATE: "入力{input}は他の入力と同じコインを使っています。",
        Code.INPUT_UNKNOWN_AMOUNT: "入力{input}：金額が不明です。",
        Code.SCRIPT_MISMATCH: "入力{input}：スクリプトがコインのロックと一致しません。",
        Code.KEYS_MISMATCH: "入力{input}：鍵がこの口座の鍵ではありません。",
        Code.DERIVATION_MISMATCH: "入力{input}：申告された鍵パスは別の鍵になります。",
        Code.INDEX_TOO_FAR: "{what} {index}：アドレス番号{number}は異常に大きい値です。",
        Code.SIGHASH: "入力{input}は取引全体を対象としない署名を求めています（{sighash}）。",
        Code.FIELD_UNKNOWN: "{where}：この装置が知らない項目があります（種別{field}）。",
        Code.FIELD_PROPRIETARY: "{where}：独自の項目があります。",
        Code.ALREADY_FINAL: "入力{input}はすでに確定しています。",
        Code.SIGNATURE_INVALID: "入力{input}の署名が正しくありません。",
        Code.SIGNED_ALREADY: "鍵{key}で署名済みです。",
        Code.CHANGE_FAKE: "出力{output}はお釣りを装っていますが、この口座に戻りません。",
        Code.CHANGE_BRANCH: "出力{output}は通常と異なる枝（{branch}）でこの口座に戻ります。",
        Code.PAYEE_OWN: "出力{output}はこの口座自身の受取アドレスへの支払いです。",
        Code.OUTPUT_DUST: "出力{output}は少額すぎて後で使えません（{amount}）。",
        Code.OUTPUT_ZERO: "出力{output}の金額はゼロです。",
        Code.OUTPUT_DATA: "出力{output}はデータを書き込むだけで、誰にも支払いません。",
        Code.OUTPUT_BURN: "出力{output}は{amount}を誰も使えない所へ送り、失わせます。",
        Code.OUTPUT_UNKNOWN_SCRIPT: "出力{output}の支払先にはアドレスがありません。",
        Code.OUTPUTS_MISSING: "出力がありません。全額が手数料になります。",
        Code.OVERFLOW: "金額の合計が存在しうる量を超えています。",
        Code.FEE_NEGATIVE: "出る金額が入る金額を超えています。",
        Code.FEE_ABSOLUTE: "手数料{fee}は上限を超えています。",
        Code.FEE_PERCENT: "支払額{leaving}に対して手数料{fee}は高すぎます。",
        Code.FEE_RATE: "手数料率{rate}（1vbyteあたり）は上限{limit}を超えています。",
        Code.FEE_LOW: "手数料が低すぎて、承認されない恐れがあります。",
        Code.LOCKTIME: "この取引は{when}より前には承認されません。",
        Code.REPLACEABLE: "手数料は後から引き上げられます（RBF）。",
        Code.VERSION: "取引のバージョンが通常と異なります（{version}）。",
        Code.NETWORK_WRONG: "これは{claimed}用ですが、口座は{enrolled}のものです。",
        Code.ACCOUNT_UNKNOWN: "この支払元となる口座は、この装置に登録されていません。",
        Code.REQUEST_UNSIGNED: "依頼に作成側の署名がありません。誰が作ったか分かりません。",
        Code.REQUEST_EXPIRED: "依頼は{expires}に期限切れとなりました。",
        Code.REQUEST_REPLAYED: "この依頼、または同じ作成側のより新しい依頼は、すでに署名されています。",
        Code.REQUEST_SIGNER: "依頼の署名者は、この装置に登録された作成側ではありません。",
        Code.REQUEST_FUTURE: "依頼の作成時刻が、この装置の時計より未来です。",
        Code.POLICY_DENIES: "方針により許可されません（規則：{rule}）。",
        Code.APPROVAL_STALE: "{officer}の承認は別の内容に対するものです。",
        Code.OFFICER_PREPARED: "{officer}はこの支払いの作成者なので、承認できません。",
        Code.OFFICER_TWICE: "{officer}はすでに承認しています。別の担当者が必要です。",
        Code.OFFICER_UNKNOWN: "{officer}はこの装置の担当者ではありません。",
    }
)

ERRORS: Final[Mapping[Enum, str]] = MappingProxyType(
    {
        Bad.EMPTY: "中身がありません（{what}）。",
        Bad.TRUNCATED: "途中で切れています（{what}）。",
        Bad.TOO_LARGE: "大きすぎます（{what}、上限{limit}）。",
        Bad.TOO_MANY: "数が多すぎます（{what}、上限{limit}）。",
        Bad.TOO_DEEP: "入れ子が深すぎます（{what}）。",
        Bad.CHECKSUM: "検査値が一致しません（{what}）。",
        Bad.ENCODING: "符号化が正しくありません（{what}）。",
        Bad.UNKNOWN_FORMAT: "この装置が知らない形式です（{what}）。",
        Bad.UNSUPPORTED: "この種類には対応していません（{what}）。",
        Bad.DUPLICATE: "同じものが二つ含まれています（{what}）。",
        Bad.TRAILING: "末尾に余分なものがあります（{what}）。",
        Bad.INCONSISTENT: "内容が互いに矛盾しています（{what}）。",
        Bad.FIELD: "項目が足りないか、不明か、種類が違います（{what}）。",
        Bad.VALUE: "値が範囲外です（{what}）。",
        Bad.NETWORK: "別のネットワーク用です（{what}）。",
        Bad.DESCRIPTOR: "このディスクリプタは使えません（{what}）。",
        Bad.ADDRESS: "アドレスが正しくありません（{what}）。",
        Bad.SIGNATURE: "署名が正しくありません（{what}）。",
        Bad.UNREADABLE: "読み取れません（{what}）。",
        Lock.NO_VAULT: "この装置にはまだ金庫がありません。先に生成式を行ってください。",
        Lock.NO_SLOT: "その鍵はこの装置にありません。",
        Lock.NO_OFFICER: "{officer}はこの装置のどの鍵の担当でもありません。",
        Lock.WRONG_FACTOR: "{officer}の入力が正しくありません。残り{left}回です。",
        Lock.LOCKED_OUT: "{officer}は誤入力が多すぎたため締め出されています。",
        Lock.TOO_FEW: "鍵を開けるには担当者が足りません。",
        Lock.WEAK_SECRET: "パスフレーズが短すぎます。{least}文字以上にしてください。",
        Lock.EXISTS: "その名前はすでに使われています（{name}）。",
        Lock.NO_KEY: "この装置の鍵では署名できません。",
        Lock.FAULT: "誤った署名ができたため破棄しました。何も署名していません。",
        Lock.CHILD: "署名処理が失敗しました。何も署名していません。",
        Lock.BUSY: "別の署名を処理中です。",
        Lock.TOKEN: "トークンが正しく応答しません（{what}）。",
        Lock.ENTROPY: "乱数が検査に合格しませんでした（{what}）。",
        Lock.DEVICE: "装置の記憶域が応答しません（{what}）。",
        Broken.JOURNAL: "台帳に矛盾があります（{what}）。装置をロックしました。",
        Broken.VAULT: "金庫に矛盾があります（{what}）。装置をロックしました。",
        Broken.IMAGE: "システムイメージが正規のものではありません（{what}）。装置をロックしました。",
        Broken.COUNTER: "金庫が古い複製です（{what}）。装置をロックしました。",
        Broken.ACCOUNT: "登録済みの口座が外部から変更されています（{what}）。装置をロックしました。",
        Broken.POLICY: "方針が外部から変更されています（{what}）。装置をロックしました。",
        Broken.SELFCHECK: "自己診断に失敗しました（{what}）。装置をロックしました。",
    }
)
