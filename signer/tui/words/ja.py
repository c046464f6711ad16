"""Japanese labels."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from signer.core.rules import Rule
from signer.core.spend import Role
from signer.tui.advice import Advice
from signer.tui.words.labels import (
    ApproveLabels,
    FrameLabels,
    HomeLabels,
    KeyLabels,
    Labels,
    ReviewLabels,
    ScanLabels,
    ShowLabels,
    SignLabels,
    StopLabels,
)

_KEYS: Final = KeyLabels(
    choose="選択",
    open="開く",
    back="戻る",
    quit="終了",
    language="English",
    file="ファイル",
    light="映像の切替",
    page="続きを読む",
    up="前を読む",
    approve="承認",
    decline="却下",
    enter="確定",
    sign="署名",
    more="担当者を追加",
    size="大きさ",
    speed="速さ",
    full="コードのみ",
    hold="静止",
    form="別の形式",
    done="完了",
    yes="はい",
    no="いいえ",
    again="読み直す",
    home="最初へ",
)

_FRAME: Final = FrameLabels(
    steps=("読取", "確認", "承認", "署名", "回答"),
    step="手順 {number}／{total}",
    development="開発用・実際の資金には使用禁止",
    home="最初の画面",
    ended="支払いの手続きは終わりました",
)

_HOME: Final = HomeLabels(
    title="何をしますか",
    what="この装置は署名鍵をすべてのネットワークから切り離して保管します。作成側の画面から支払いを読み取り、"
    "実際に何が起こるかを表示し、必要な数の担当者が承認した場合だけ署名します。",
    sign="支払いに署名する",
    sign_hint="作成側の画面から読み取ります",
    language="English",
    language_hint="Use this device in English",
    quit="終了",
    quit_hint="このプログラムを終わります",
    accounts="口座",
    no_accounts="まだありません。口座は登録式で登録します。",
    keys="鍵",
    no_keys="まだありません。鍵は生成式で作ります。",
    journal="台帳",
    journal_records="記録{size}件、先頭 {root}",
    journal_empty="記録なし",
    policy="方針",
    policy_built_in="初期設定（担当者による合意はまだありません）",
    policy_version="第{version}版",
    of="{total}のうち{threshold}の署名",
    opens="担当者{total}名のうち{threshold}名：{names}",
)

_SCAN: Final = ScanLabels(
    title="作成側のコードをカメラの前に映してください",
    waiting="カメラを起動しています…",
    looking="コードを探しています…",
    progress="{need}個のうち{have}個",
    missing="未読の部分：{parts}",
    missing_more="{parts} ほか",
    seconds="残り約{seconds}秒",
    format="形式：{format}",
    foreign="別のもののコードなので読み飛ばしました。",
    damaged="部分が合いません。初めから読み直します。",
    unwanted="このコードは支払いではありません（{what}）。支払いを映してください。",
    reading="読み取り完了。内容を調べています…",
    ended="カメラが止まりました。Rキーで再開します。",
    lost="カメラが外れました。つなぐと自動で再開します。",
    closer="近づけてください",
    further="離してください",
    dark="暗すぎます。画面か照明を明るくしてください",
    bright="明るすぎます。反射を避けてください",
    still="動かさないでください",
    good="良好です。そのままお待ちください",
    no_picture="映像なし",
    frames="画像{seen}枚、コード{decoded}枚",
    module="1モジュール{pixels}画素",
    file="ファイルを開く",
    file_hint="ファイルのパスを入力してEnter。Escで戻ります。",
    file_failed="そのファイルは読めません。",
)

_REVIEW: Final = ReviewLabels(
    title="この支払いの内容",
    verdict_stop="署名禁止。この装置はこの支払いへの署名を拒否します。",
    verdict_warn="許可されますが警告があります。承認の前に必ず読んでください。",
    verdict_good="方針により許可されます。承認の前にすべて読んでください。",
    todo="今すべきこと",
    words="照合の言葉",
    words_hint="作成側の画面と同じでなければなりません。声に出して照合してください。",
    summary="概要",
    account="支払元の口座",
    network="ネットワーク",
    leaving="口座から出る額",
    fee="手数料",
    fee_share="手数料の割合",
    fee_of="出る額の{percent}%",
    fee_rate="手数料率",
    payees="出ていく出力の数",
    returning="口座に戻る額",
    request="依頼",
    purpose="目的",
    prepared="作成者",
    expires="有効期限",
    unsigned="作成側の署名なし",
    builder="作成側の署名",
    claimed="（作成側の申告。未確認）",
    findings="装置による検査結果（{count}件）",
    no_findings="異常はありません。",
    payments="支払先（{count}件）",
    payment="支払い {number}／{total}",
    output="出力 {number}",
    own="この口座に戻るもの（{count}件）",
    inputs="使うコイン（入力{count}件）",
    input="入力 {number}",
    unproved="金額未確認",
    facts="その他の事項",
    decided="判断した規則",
    rules=MappingProxyType(
        {
            Rule.FINDINGS: "装置の検査結果",
            Rule.NO_CLAUSE: "この口座の規則がないため不可",
            Rule.APPROVALS: "必要な担当者の数",
            Rule.FEE: "手数料の上限",
            Rule.DESTINATIONS: "支払先の一覧",
            Rule.PER_TRANSACTION: "一回の支払いの上限",
            Rule.WINDOW: "期間内の上限",
            Rule.HOURS: "取扱時間",
            Rule.SIGNED_REQUESTS: "作成側の署名が必要",
            Rule.FRESH_CHECKPOINT: "作成側がこの装置の台帳を把握していること",
        }
    ),
    needed="必要な担当者",
    officers="この装置で{count}名",
    signatures="署名",
    signed_by="{need}のうち{have}済み（この装置の前まで）",
    roles=MappingProxyType(
        {
            Role.PAYEE: "支払い",
            Role.CHANGE: "お釣り（確認済み）",
            Role.OWN: "自口座（確認済み）",
            Role.DATA: "データの書込み。誰にも支払わない",
            Role.BURN: "消滅：誰も使えなくなる",
            Role.UNKNOWN: "不明なスクリプト。アドレスなし",
        }
    ),
    end="― 終わり ―",
    unread="先にすべて読んでください：{percent}%済み。スペースキーで進みます。",
    read="すべて表示しました。Aで承認、Dで却下します。",
    refused_key="この支払いは承認できません。Dで終了します。",
    unknown_amount="不明",
)

_APPROVE: Final = ApproveLabels(
    title="担当者が一人ずつ承認します",
    ask="自分の名前を選び、Enterを押してください。",
    summary="{amount}、出力{count}件、手数料{fee}",
    summary_one="{amount}、出力1件、手数料{fee}",
    approved="承認済み：{names}",
    missing="あと{count}名",
    nobody="まだいません",
    officer="担当者",
    state_approved="承認済み",
    state_prepared="作成者のため承認不可",
    state_open="未承認",
    passphrase="{officer}のパスフレーズ",
    passphrase_hint="他の人に手元を見せないでください。入力後にEnterを押します。",
    empty="先にパスフレーズを入力してください。",
    checking="パスフレーズを確認しています。安全のため少し時間がかかります…",
    thanks="{officer}が承認しました。",
    next="次の担当者に交代してください。",
    no_key="この装置には、この支払いに署名できる鍵がありません。",
    decline="この支払いを却下しますか",
    decline_hint="何も署名せず、却下したことを台帳に記録します。",
)

_SIGN: Final = SignLabels(
    title="署名の準備ができました",
    ready="必要な数の担当者が承認しました。まだ何も署名していません。",
    by="承認者：{names}",
    what="署名する内容",
    further="この装置の他の担当者も承認すると、その鍵でも署名します。",
    press="Sキーで署名します。",
    working="署名しています…",
    working_hint="署名はそれぞれ二度作り、別のライブラリで検証します。電源を切らないでください。",
)

_SHOW: Final = ShowLabels(
    title="作成側のカメラに映してください",
    signed="署名しました：{count}件",
    hold="白い四角の全体が作成側のカメラに入るようにしてください。",
    frame="コード {number}／{count}（繰返し）",
    single="コード1個",
    density="大きさ",
    speed="速さ",
    speed_unit="毎秒{speed}個",
    held="静止中",
    form="形式",
    replaced="この画面では1個に収まらないため分割しています",
    done="作成側で読み取りが完了したら、Enterを押してください。",
    too_small="この画面は小さすぎてコードを表示できません。",
    words="照合の言葉",
    leave="作成側の読み取りは完了しましたか",
    leave_hint="回答は保存されません。読み取れていなければ署名のやり直しになります。",
)

_STOP: Final = StopLabels(
    malformed="読み取れませんでした",
    refused="拒否しました",
    vault="鍵を開けませんでした",
    tampered="この装置はロックされています",
    nothing="何も署名していません。",
    declined="却下しました",
    declined_hint="何も署名していません。却下したことを台帳に記録しました。",
    why="理由",
    todo="今すべきこと",
    locked="この画面のままにしてください。",
    advice=MappingProxyType(
        {
            Advice.ATTACK: "盗難の試みかもしれません。同じ依頼でやり直さないでください。照合の言葉を書き留め、"
            "セキュリティ責任者に知らせ、作成側を通らない方法で作成者に確認してください。",
            Advice.ASK_AGAIN: "却下し、方針に合った新しい依頼を作成者に求めてください。",
            Advice.CHECK_SETUP: "この支払いに対する装置、口座、ネットワークが正しいか確かめてください。"
            "正しい場合はセキュリティ責任者に知らせてください。",
            Advice.SCAN_AGAIN: "コードを初めから映し直してください。繰り返す場合は、依頼の作り直しを作成者に求めてください。",
            Advice.OTHER_OFFICER: "別の担当者が必要です。",
            Advice.RETRY: "もう一度試してください。繰り返す場合はセキュリティ責任者に知らせてください。",
            Advice.CEREMONY: "この口座の鍵を持つ装置を使うか、必要な式を行ってください。",
            Advice.LOCKED: "この装置を使わず、電源も切らないでください。セキュリティ責任者と監査担当者を呼び、"
            "最後のチェックポイントと台帳を照合してもらってください。",
        }
    ),
)

LABELS: Final = Labels(
    name="日本語",
    keys=_KEYS,
    frame=_FRAME,
    home=_HOME,
    scan=_SCAN,
    review=_REVIEW,
    approve=_APPROVE,
    sign=_SIGN,
    show=_SHOW,
    stop=_STOP,
)
