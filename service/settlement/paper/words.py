"""The words of a statement. Papers are Chinese, as certificates are."""

TITLE = "商户对账单"
KINDS = {
    "OURS_ONLY": "商户漏记",
    "THEIRS_ONLY": "平台漏记",
    "AMOUNT_DIFF": "金额不符",
    "STATUS_DIFF": "状态不符",
    "DUPLICATE": "重复记录",
    "ITEM_DIFF": "物品不符",
    "RATE_DIFF": "折扣率不符",
    "CUTOFF": "跨日",
    "OFFLINE_OVERDRAFT": "离线透支",
    "OFFLINE_BAD": "离线凭证无效",
    "SEQ_GAP": "流水断号",
    "LIMIT_BREACH": "超出限额",
    "OFF_HOURS": "非营业时间",
    "PLEDGE_OVER": "超出认捐",
    "STOCK_DIFF": "盘点不符",
    "MISSING_ATTENDANCE": "考勤缺失",
    "MANUAL_AWARD_WATCH": "补录留意",
    "POSSIBLE_DUPLICATE": "疑似重复",
    "FILE_BAD": "文件无法读取",
}
STEPS = {
    "prepared": "制单",
    "disputed": "商户有异议",
    "confirmed": "商户确认",
    "reviewed": "商会复核",
    "closed": "社区审批",
}
LINES = {
    "goods": "兑换",
    "back": "冲正",
    "discount": "折扣",
    "pledge": "认捐",
    "adjusted": "调整",
    "taken": "转应付",
    "paid": "付款",
}
STANDS, TAKEN_BACK = "已入账", "已冲回"
AGREES = {True: "一致", False: "不一致", None: "未回报"}
SILENT = "5 个工作日内未提出异议，视为确认"
MACHINE = "对账任务"
CHECK = "扫码核对摘要"
KEPT = "会员仅显示手册尾号。金额单位为元。"
GIFT = "物品由商户认捐，认捐余额之内不产生应付。"
