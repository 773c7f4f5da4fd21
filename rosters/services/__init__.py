"""What is done to rosters. Every act authorises, locks the roster's row first, checks, writes, and leaves a trail."""

from rosters.services.attaching import add_attachment
from rosters.services.carrying import Carried, fill_from_last, mark_changes_seen
from rosters.services.checking import Outcome, explain_finding, explain_rule, run_checks
from rosters.services.correcting import make_correction, reopen_roster
from rosters.services.filling import (
    Filled,
    add_line,
    change_line,
    fill_from_register,
    fill_lines,
    refresh_lines,
    remove_line,
)
from rosters.services.gridding import change_grid, check_grid, drop_grid, open_grid, paste_grid, save_grid
from rosters.services.importing import (
    begin_import,
    drop_import,
    forget_header,
    import_report,
    map_headers,
)
from rosters.services.making import create_roster
from rosters.services.moving import recompute
from rosters.services.recalling import recall_decision, recallable
from rosters.services.rest import distribute_rest, take_rest_back
from rosters.services.returning import (
    Ask,
    begin_paying,
    close_roster,
    return_after_objection,
    return_targets,
    send_back,
    take_out_line,
    void_roster,
)
from rosters.services.reviewing import money_differences, pass_notice, send_roster, sign
from rosters.services.signing import Signed, sign_many
from rosters.services.taking import accept_import, give_import_back
from rosters.services.undoing import undo_import, undo_of

__all__ = [
    "Ask",
    "Carried",
    "Filled",
    "Outcome",
    "Signed",
    "accept_import",
    "add_attachment",
    "add_line",
    "begin_import",
    "begin_paying",
    "change_grid",
    "change_line",
    "check_grid",
    "close_roster",
    "create_roster",
    "distribute_rest",
    "drop_grid",
    "drop_import",
    "explain_finding",
    "explain_rule",
    "fill_from_last",
    "fill_from_register",
    "fill_lines",
    "forget_header",
    "give_import_back",
    "import_report",
    "make_correction",
    "map_headers",
    "mark_changes_seen",
    "money_differences",
    "open_grid",
    "pass_notice",
    "paste_grid",
    "recall_decision",
    "recallable",
    "recompute",
    "refresh_lines",
    "remove_line",
    "reopen_roster",
    "return_after_objection",
    "return_targets",
    "run_checks",
    "save_grid",
    "send_back",
    "send_roster",
    "sign",
    "sign_many",
    "take_out_line",
    "take_rest_back",
    "undo_import",
    "undo_of",
    "void_roster",
]
