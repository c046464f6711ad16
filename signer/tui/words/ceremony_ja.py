"""Japanese labels of the ceremonies."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from signer.ceremony.table import Paper
from signer.tui.forms import Blank, CeremonyKind
from signer.tui.words.ceremony_labels import CeremonyLabels

CEREMONY: Final = CeremonyLabels(
    choose="どの式を行いますか。参加者は全員この部屋にいてください。",
    kinds=MappingProxyType(
        {
            CeremonyKind.GENESIS: "生成式",
            CeremonyKind.CHECK: "鍵の確認",
            CeremonyKind.DRILL: "バックアップ訓練",
            CeremonyKind.REPLACE: "担当者の交代",
            CeremonyKind.REVOKE: "担当者の解任",
            CeremonyKind.RESTORE: "復元",
            CeremonyKind.KEY: "口座用の鍵を示す",
            CeremonyKind.FORM: "口座を作る",
            CeremonyKind.ACCOUNT: "口座の登録",
            CeremonyKind.SUCCESSOR: "口座の廃止",
            CeremonyKind.SPARE: "予備の口座を決める",
            CeremonyKind.BUILDER: "作成装置の登録",
            CeremonyKind.POLICY: "規則の変更",
            CeremonyKind.WITNESS: "証人の登録",
            CeremonyKind.COSIGNED: "証人の署名を受け取る",
            CeremonyKind.CONTROL: "管理の証明",
            CeremonyKind.WIPE: "消去",
        }
    ),
    kind_hints=MappingProxyType(
        {
            CeremonyKind.GENESIS: "この装置の担当者のために鍵を作る",
            CeremonyKind.CHECK: "鍵が署名できることを担当者が確かめる",
            CeremonyKind.DRILL: "紙の控えから鍵を戻せることを確かめる",
            CeremonyKind.REPLACE: "担当者を別の人に替える",
            CeremonyKind.REVOKE: "担当者の持ち分をなくす",
            CeremonyKind.RESTORE: "控えから鍵を戻す",
            CeremonyKind.KEY: "公開鍵を、その鍵の署名とともにコードで出す",
            CeremonyKind.FORM: "各装置が示す鍵から作る",
            CeremonyKind.ACCOUNT: "別の装置やウォレットが作ったもの",
            CeremonyKind.SUCCESSOR: "後継の口座だけに支払うようにする",
            CeremonyKind.SPARE: "緊急時にすべてを移す先",
            CeremonyKind.BUILDER: "依頼を受け付ける相手",
            CeremonyKind.POLICY: "次の版で支払の条件を定める",
            CeremonyKind.WITNESS: "外から台帳を見守る人",
            CeremonyKind.COSIGNED: "台帳についての証人の言葉",
            CeremonyKind.CONTROL: "監査人の問いに答える",
            CeremonyKind.WIPE: "この装置の鍵をすべて破棄する",
        }
    ),
    fill="参加者と内容を入力してください。秘密は含まれません。",
    blanks=MappingProxyType(
        {
            Blank.WITNESSES: "立会人",
            Blank.OFFICERS: "担当者",
            Blank.KEY: "鍵の名前",
            Blank.THRESHOLD: "必要な担当者の数",
            Blank.BACKUP: "控えの分割",
            Blank.PRESENT: "出席する担当者",
            Blank.LEAVING: "外れる担当者",
            Blank.COMING: "新しい担当者",
            Blank.ORIGIN: "控えの種類",
            Blank.FINGERPRINT: "記録された指紋",
            Blank.OPERATOR: "消去する人",
            Blank.PATH: "鍵のパス",
            Blank.NAME: "名前",
            Blank.NETWORK: "通貨とネットワーク",
            Blank.SIGNATURES: "必要な署名の数",
            Blank.KEYS: "鍵の総数",
            Blank.SUCCEEDED: "口座",
            Blank.INDEX: "アドレスの番号",
            Blank.MEDIUM: "媒体",
        }
    ),
    blank_hints=MappingProxyType(
        {
            Blank.WITNESSES: "名前を空白で区切る。空欄可",
            Blank.OFFICERS: "名前を空白で区切る",
            Blank.KEY: "一語",
            Blank.THRESHOLD: "鍵を開けるのに必要な人数",
            Blank.BACKUP: "必要な組の数：各組の必要数/作成数。空欄なら言葉のみ",
            Blank.PRESENT: "名前を空白で区切る。鍵を開けられる人数",
            Blank.LEAVING: "名前。出席しなくてよい",
            Blank.COMING: "名前",
            Blank.ORIGIN: "shares または words",
            Blank.FINGERPRINT: "生成式の議事録にある8文字",
            Blank.OPERATOR: "名前",
            Blank.PATH: "本番は48h/0h/0h/2h、テスト用は48h/1h/0h/2h",
            Blank.NAME: "一語。全装置で同じにする",
            Blank.NETWORK: "bitcoin:mainnet、bitcoin:testnet、litecoin:regtestなど",
            Blank.SIGNATURES: "2以上、鍵の総数未満",
            Blank.KEYS: "鍵を示す装置の数",
            Blank.SUCCEEDED: "名前。次の行にもう一方の口座",
            Blank.INDEX: "受取用、0から",
            Blank.MEDIUM: "カードの表示",
        }
    ),
    wrong="正しく入力してください：{blank}",
    next="次へ",
    leave="式を終える",
    leave_ask="この式を中止しますか",
    leave_hint="何も保存されません。紙に書いたものは破棄してください。",
    steps=MappingProxyType(
        {
            "witness": "立会人：",
            "genesis": "環境の確認",
            "officer": "任命",
            "gather": "全員の任命を終了",
            "dice": "サイコロを振る",
            "noise": "カメラの雑音",
            "make": "鍵を作る",
            "write-down": "控えを書き取る",
            "prove": "紙から読み戻す：",
            "attest": "別の装置と照合",
            "conclude": "金庫を封印",
            "check": "鍵の確認",
            "drill": "控えの確認",
            "replace": "交代",
            "revoke": "解任",
            "restore": "復元",
            "key": "鍵を示す",
            "form": "口座を作る",
            "account": "口座の登録",
            "successor": "口座の廃止",
            "spare": "予備の口座",
            "builder": "作成装置の登録",
            "policy": "規則の変更",
            "witness-key": "証人の登録",
            "agree": "承認：",
            "cosigned": "証人の署名を受け取る",
            "control": "管理の証明",
            "wipe": "消去：",
        }
    ),
    explain=MappingProxyType(
        {
            "make": "サイコロの目と装置自身の乱数を混ぜて鍵を作ります。控えを読み戻すまで、鍵はどこにも保存されません。",
            "write-down": "控えを一頁ずつ一度だけ表示します。手で紙に書いてください。撮影は禁止です。"
            "各控えは保管者以外に見せないでください。",
            "conclude": "控えは読み戻されました。鍵を担当者のパスフレーズで封印します。",
            "check": "担当者が鍵を開け、取引ではない文に署名し、別のライブラリで検証します。",
            "drill": "紙の控えを入力します。照合したあと忘れます。何も変わりません。",
            "replace": "出席する担当者が、一人の持ち分を別の人に渡します。",
            "revoke": "出席する担当者が、一人の持ち分をなくします。",
            "restore": "控えから鍵を作り直し、記録された指紋と照合します。",
            "key": "担当者が鍵を開けます。公開部分がコードで出ます。口座を作る装置に読ませてください。",
            "form": "この装置の分も含め、各装置の鍵のコードを順にカメラに見せてください。次に全装置で口座を照合します。",
            "account": "口座のコードをカメラに見せてください。次に全装置で照合します。",
            "successor": "以後この装置は、その口座について後継の口座への支払だけに署名します。",
            "spare": "鍵が他人に知られたおそれがあるとき、すべてを移す先の口座を決めます。",
            "builder": "作成装置の鍵のコードをカメラに見せ、言葉を作成装置の表示と照合してください。",
            "policy": "規則のコードをカメラに見せてください。現在の次の版でなければなりません。",
            "witness-key": "証人の鍵のコードをカメラに見せ、言葉を別の経路で照合してください。",
            "cosigned": "証人が署名したチェックポイントのコードをカメラに見せてください。",
            "control": "問いのコードをカメラに見せてください。この装置がそのアドレスの鍵で署名します。",
            "wipe": "この装置の鍵をすべて破棄します。控えがなければ元に戻せません。",
        }
    ),
    asks=MappingProxyType(
        {
            "dice": "サイコロの目を入力",
            "words": "控えの言葉を入力",
            "shares": "控えの分割を入力",
            "fingerprint": "別の装置に表示された指紋を入力",
            "noise": "カメラの雑音",
        }
    ),
    ask_hints=MappingProxyType(
        {
            "dice": "本物のサイコロを99回以上振り、1から6の数字で入力します。一人が振り、別の人が入力します。",
            "words": "順番どおり空白で区切ってすべて入力し、Enterを押します。",
            "shares": "分割を一つ入力してEnter。必要な数だけ繰り返し、最後にEnterだけを押します。",
            "fingerprint": "8文字を入力してEnterを押します。",
            "noise": "入力できません。式を終了し、サイコロを使ってください。",
        }
    ),
    working="お待ちください…",
    again="この手順は成功しませんでした。Enterでやり直します。",
    repeat="入力間違いを防ぐため、もう一度入力してください。",
    differ="二つが一致しません。初めから入力してください。",
    share_more="入力済み：{count}個。次の分割、または終わりならEnterだけを押します。",
    write_words="書き取ってください：控えの言葉",
    write_share="書き取ってください：{name}",
    write_hint="書いたものを一語ずつ照合してください。紙に書けたらEnterを押します。二度と表示されません。",
    wipe="この装置の鍵をすべて破棄しますか",
    wipe_hint="取り消すことはできません。",
    papers=MappingProxyType(
        {
            Paper.ACCOUNT: "口座を見せてください",
            Paper.BUILDER: "作成装置の鍵を見せてください",
            Paper.WITNESS: "証人の鍵を見せてください",
            Paper.POLICY: "規則を見せてください",
            Paper.COSIGNED: "証人が署名したチェックポイントを見せてください",
            Paper.KEY: "次の鍵を見せてください",
            Paper.CHALLENGE: "問いを見せてください",
            Paper.PROOF: "証明を見せてください",
        }
    ),
    carried=MappingProxyType(
        {
            Paper.ACCOUNT: "口座（他の装置へ）",
            Paper.BUILDER: "作成装置の鍵",
            Paper.WITNESS: "証人の鍵",
            Paper.POLICY: "規則",
            Paper.COSIGNED: "チェックポイント",
            Paper.KEY: "鍵（口座を作る装置へ）",
            Paper.CHALLENGE: "問い",
            Paper.PROOF: "証明（監査人へ）",
        }
    ),
    carried_hint="秘密は含まれません。全員が読み取ったらEnterを押してください。",
    compare="声に出して読み、他の装置の表示と照合してください。すべての鍵、アドレス、言葉を確かめます。違いがあれば戻って式を終えてください。",
    same="すべて同じ",
    same_hint="すべて表示しました。どの装置でも同じですか。",
    minutes="議事録",
    as_code="コードで表示",
    over="式が終わりました。",
    over_hint="この議事録を写すか印刷し、全員が署名してください。そのハッシュは台帳にあります。",
)
