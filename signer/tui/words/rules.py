"""What each rule of a policy is called at the screens, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from signer.core.rules import Rule

RULES_EN: Final[Mapping[Rule, str]] = MappingProxyType(
    {
        Rule.FINDINGS: "what this device found",
        Rule.NO_CLAUSE: "no rule for this account, so no",
        Rule.APPROVALS: "number of officers",
        Rule.FEE: "limit of the fee",
        Rule.DESTINATIONS: "list of who may be paid",
        Rule.PER_TRANSACTION: "limit of one payment",
        Rule.WINDOW: "limit over a time",
        Rule.ASSETS: "list of assets that may move",
        Rule.HOURS: "opening hours",
        Rule.SIGNED_REQUESTS: "requests must be signed by a builder",
        Rule.FRESH_CHECKPOINT: "the builder must know this device's journal",
        Rule.WITNESSED: "witnesses must know the journal",
        Rule.EXPORTED: "the journal must be exported",
        Rule.DRILLED: "backups must be tried",
        Rule.SCRIPT_TYPES: "script types agreed on",
        Rule.FORBIDDEN: "warnings that stop here",
        Rule.PLACES: "officers of several places",
        Rule.FACTORS: "kinds of factor",
        Rule.SCRIPTS: "signed ceremony scripts",
        Rule.ATTENDED: "officers must have compared the clock",
    }
)

RULES_JA: Final[Mapping[Rule, str]] = MappingProxyType(
    {
        Rule.FINDINGS: "装置の検査結果",
        Rule.NO_CLAUSE: "この口座の規則がないため不可",
        Rule.APPROVALS: "必要な担当者の数",
        Rule.FEE: "手数料の上限",
        Rule.DESTINATIONS: "支払先の一覧",
        Rule.PER_TRANSACTION: "一回の支払いの上限",
        Rule.WINDOW: "期間内の上限",
        Rule.ASSETS: "移動できる資産の一覧",
        Rule.HOURS: "取扱時間",
        Rule.SIGNED_REQUESTS: "作成側の署名が必要",
        Rule.FRESH_CHECKPOINT: "作成側がこの装置の台帳を把握していること",
        Rule.WITNESSED: "証人が台帳を確認すること",
        Rule.EXPORTED: "台帳を書き出すこと",
        Rule.DRILLED: "控えの訓練",
        Rule.SCRIPT_TYPES: "認められたスクリプトの種類",
        Rule.FORBIDDEN: "禁止された警告",
        Rule.PLACES: "複数の場所の担当者",
        Rule.FACTORS: "認証要素の種類",
        Rule.SCRIPTS: "署名付きの式次第",
        Rule.ATTENDED: "担当者による時計の確認",
    }
)
