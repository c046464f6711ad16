"""Japanese labels of the ceremonies."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

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
    minutes="議事録",
    as_code="コードで表示",
    over="式が終わりました。",
    over_hint="この議事録を写すか印刷し、全員が署名してください。そのハッシュは台帳にあります。",
)
