"""What the apps add to one another, by dotted paths: the composition root. Each list says what its functions take."""

CASE_PANELS: tuple[str, ...] = ("takedowns.panels.links", "evidence.panels.exhibits", "takedowns.panels.notices")
"""Parts of a case's overview, in order: functions (case, actor, at) -> cases.contributions.Panel."""
CASE_TABS: tuple[str, ...] = ("takedowns.panels.tabs", "evidence.panels.tabs")
"""Tabs of a case page, in order: functions (case, actor) -> list of cases.contributions.Tab."""
INTAKE_PARTS: tuple[str, ...] = ("takedowns.panels.intake_links",)
"""Parts of the staff's intake screen that upper apps own: cases.contributions.IntakePart."""
PORTAL_PARTS: tuple[str, ...] = ("takedowns.panels.portal_links",)
"""Steps of the client's report that upper apps own: functions (case, actor) -> cases.contributions.PortalPart."""
PORTAL_STATUS: tuple[str, ...] = (
    "takedowns.panels.portal_status",
    "evidence.panels.portal_files",
    "evidence.panels.portal_copy",
)
"""Parts of the client's status page: functions (case, actor, at) -> cases.contributions.Panel."""
BUNDLE_SECTIONS: tuple[str, ...] = (
    "evidence.findings.sections.chronology",
    "evidence.bundle_sections.timeline",
    "evidence.bundle_sections.exhibits",
    "evidence.findings.sections.deepfake",
    "takedowns.bundle_sections.links",
    "evidence.capture.sections.captures",
    "takedowns.bundle_sections.notices",
    "evidence.findings.sections.harm",
    "evidence.findings.sections.statement",
    "evidence.bundle_sections.custody",
    "evidence.bundle_sections.system",
    "evidence.findings.sections.certificates",
    "evidence.bundle_sections.permissions",
    "evidence.bundle_sections.redactions",
    "evidence.bundle_sections.glossary",
)
"""Sections of a packet, in order: functions (case, order, at) -> evidence.sections.Section."""
LINK_TELLERS: tuple[str, ...] = ("takedowns.link_lines.told",)
"""Who tells the links of a case to evidence: functions (case, at) -> list of evidence.findings.links.ToldLink."""
CUSTODY_DISCLOSED: tuple[str, ...] = ("evidence.events.DISCLOSED", "takedowns.disclosure.DISCLOSED")
"""What a bundle tells of the record: mappings of kind of event to the values that may be read. All else is withheld."""
SEARCH_SOURCES: tuple[str, ...] = ("cases.search.cases", "takedowns.search.links")
"""Exact look-ups of the search box, in order: functions (text, actor) -> list of cases.contributions.Hit."""
PROBES: tuple[str, ...] = (
    "evidence.probes.file_data.read",
    "evidence.probes.media_data.read",
    "evidence.probes.pages.read",
    "evidence.probes.credentials.read",
    "evidence.transcripts.probe.read",
)
"""What is asked of each new exhibit in the sandbox: functions (exhibit, source) -> list of what was made."""
HEALTH_PARTS: tuple[str, ...] = (
    "evidence.capture.offer.health",
    "evidence.health.signs",
    "evidence.proofs.health.signs",
    "takedowns.health.signs",
)
"""What upper apps add to Health: functions (now) -> cases.health.SignGroup."""
STATISTICS: tuple[str, ...] = ()
"""Figures for supervisors, in order."""
AGE_LOCK_PARTS: tuple[str, ...] = (
    "takedowns.actions.reported_url.discard_for_age",
    "evidence.actions.share.freeze_for_age",
    "evidence.actions.client_copy.freeze_for_age",
    "evidence.actions.capture.stop_for_age",
    "evidence.actions.upload.discard_for_age",
    "evidence.actions.viewing.freeze_for_age",
    "evidence.actions.release.freeze_for_age",
)
"""What upper apps do, in the same transaction, when a case is locked for age: functions (case, by, at)."""
CAPTURE_PARTS: tuple[str, ...] = ("takedowns.actions.captured.note",)
"""What upper apps do, in the same transaction, when the whole page of a link was captured: (case, link_id, by, at)."""
CASE_UNFINISHED: tuple[str, ...] = (
    "takedowns.actions.closing.unfinished",
    "evidence.actions.closing.unfinished",
    "evidence.actions.capture.unfinished",
)
"""What a case still has open before it is closed: functions (case, actor, at) -> list of cases.closing.Unfinished."""
CASE_CLOSE_PARTS: tuple[str, ...] = (
    "takedowns.actions.closing.stop",
    "evidence.actions.closing.stop",
    "evidence.actions.capture.stop_for_closing",
    "evidence.actions.upload.stop",
    "evidence.actions.viewing.stop",
    "evidence.actions.release.stop",
)
"""What upper apps do, in the same transaction, when a case is closed: functions (case, by, at)."""
CASE_REOPEN_PARTS: tuple[str, ...] = ("takedowns.actions.closing.go_on", "evidence.actions.likeness.ask_again")
"""What upper apps do, in the same transaction, when a case is opened again: functions (case, by, at)."""
RETENTION_CLASSES: dict[str, str] = {
    "cases.Authority": "people",
    "cases.Bar": "people",
    "cases.Closing": "notes",
    "cases.Consent": "people",
    "cases.Effect": "notes",
    "cases.HandoverRequest": "people",
    "cases.Membership": "people",
    "cases.Message": "notes",
    "cases.Note": "notes",
    "cases.Party": "people",
    "cases.Report": "drafts",
    "cases.SafeContact": "people",
    "cases.Withdrawal": "people",
    "evidence.Acquisition": "media",
    "evidence.Bundle": "bundles",
    "evidence.Capture": "media",
    "evidence.Derivative": "media",
    "evidence.Exhibit": "media",
    "evidence.HashRelease": "people",
    "evidence.HashServiceUse": "people",
    "evidence.FileRequest": "notes",
    "evidence.Finding": "letters",
    "evidence.Receipt": "bundles",
    "evidence.Release": "bundles",
    "evidence.Share": "bundles",
    "evidence.Upload": "media",
    "evidence.Viewing": "notes",
    "evidence.VolumeSet": "bundles",
    "takedowns.LinkImport": "letters",
    "takedowns.Notice": "letters",
    "takedowns.NoticeClock": "letters",
    "takedowns.Reply": "letters",
    "takedowns.ReportedUrl": "letters",
}
"""Which class of data (cases.retention.DataClass) each sealed table with a case belongs to."""
RETENTION_PARTS: tuple[str, ...] = ("evidence.actions.removal.remove", "evidence.actions.fingerprint.remove")
"""What upper apps write down when a class of a closed case is removed: functions (case, kind, rule, at)."""
KEPT_AFTER_ERASURE: tuple[str, ...] = (
    "cases.Approval",
    "cases.Closing",
    "cases.Erasure",
    "cases.Event",
    "cases.Hold",
    "cases.Removal",
)
"""Tables whose rows outlive an erased case, without a word in them. Every other table with a case loses its rows."""
REST_PARTS: tuple[str, ...] = ("evidence.actions.viewing.rest",)
"""What upper apps cover, in the same transaction, when somebody begins a break: functions (by, at)."""
MY_DAY_PARTS: tuple[str, ...] = ("evidence.looking.panels.my_day",)
"""Parts of a person's own page, in order: functions (user, actor, at) -> cases.contributions.Panel."""
TODAY_CARE: tuple[str, ...] = ("evidence.looking.panels.today",)
"""What stands on Today about looking after oneself, in order: functions (user, actor, at) -> Panel, or nothing."""
CLIENT_PARTS: tuple[str, ...] = ("evidence.panels.client_services",)
"""Parts of the client's tab for staff, in order: functions (case, actor, at) -> Panel, or nothing."""
AGE_UNLOCK_PARTS: tuple[str, ...] = ("takedowns.actions.reported_url.resume_after_age",)
"""What upper apps do, in the same transaction, when two people lifted an age lock: functions (case, by, at)."""
EFFECTS: tuple[str, ...] = (
    "cases.effects.HANDLERS",
    "cases.export_effects.HANDLERS",
    "cases.staff_effects.HANDLERS",
    "cases.anchor_effects.HANDLERS",
    "evidence.effects.HANDLERS",
    "takedowns.effects.HANDLERS",
)
"""Who carries out which kind of effect: mappings of kind to a function (effect_id)."""
APPROVALS: tuple[str, ...] = (
    "cases.approval_handlers.HANDLERS",
    "cases.ending_approvals.HANDLERS",
    "evidence.looking.approvals.HANDLERS",
    "takedowns.approvals.HANDLERS",
)
"""Who does what a second person allowed: mappings of kind to a function (approval, by, at) in the same transaction."""
APPROVAL_PANELS: tuple[str, ...] = (
    "takedowns.approvals.PANELS",
    "evidence.looking.approvals.PANELS",
    "cases.ending_approvals.PANELS",
)
"""What exactly is asked, on the page of a request: mappings of kind to a function (approval, actor, at) -> Panel."""
EXPORTS: tuple[str, ...] = (
    "cases.export_lists.EXPORTS",
    "cases.audit.EXPORTS",
    "evidence.matching.export_list.EXPORTS",
    "takedowns.export_lists.EXPORTS",
)
"""Lists that can leave as a file: mappings of kind to cases.exports.Source."""
