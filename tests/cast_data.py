"""The people of the tests' county: who they are and which post each holds."""

PASSWORD = "Practice-2026-oats"
# Where the rules of the tests' county differ from its regulation: people need no comparing to be in a roster.
CHANGED: dict[str, object] = {"identity.verified": "warn"}

# username: (full name, role, code of the organisation)
PEOPLE: dict[str, tuple[str, str, str]] = {
    "clerk": ("经办甲", "township_clerk", "152223100000-ZF"),
    "station": ("财所甲", "finance_station", "152223100000-CZS"),
    "leader": ("领导甲", "township_leader", "152223100000-ZF"),
    "clerk2": ("经办乙", "township_clerk", "152223101000-ZF"),
    "station2": ("财所乙", "finance_station", "152223101000-CZS"),
    "leader2": ("领导乙", "township_leader", "152223101000-ZF"),
    "farm_reviewer": ("农审甲", "dept_reviewer", "BM-agriculture"),
    "farm_head": ("农长甲", "dept_head", "BM-agriculture"),
    "dept_officer1": ("农付甲", "dept_officer", "BM-agriculture"),
    "dept_officer2": ("农付乙", "dept_officer", "BM-agriculture"),
    "care_reviewer": ("民审甲", "dept_reviewer", "BM-civil_affairs"),
    "care_head": ("民长甲", "dept_head", "BM-civil_affairs"),
    "care_officer1": ("民付甲", "dept_officer", "BM-civil_affairs"),
    "care_officer2": ("民付乙", "dept_officer", "BM-civil_affairs"),
    "finance_reviewer": ("复审甲", "finance_reviewer", "CZJ"),
    "finance_head": ("局长甲", "finance_head", "CZJ"),
    "officer": ("发放甲", "finance_officer", "CZJ"),
    "officer2": ("发放乙", "finance_officer", "CZJ"),
    "bank": ("银行甲", "bank_operator", "B01"),
    "auditor": ("审计甲", "auditor", "SJ"),
    "admin": ("管理甲", "administrator", "XT"),
}
