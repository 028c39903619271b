"""What in an address says nothing of the item: where a reader came from, which campaign, which visit. Pure."""

TRACKING = frozenset(
    [
        "fbclid",
        "gclid",
        "gclsrc",
        "dclid",
        "gbraid",
        "wbraid",
        "msclkid",
        "yclid",
        "ysclid",
        "twclid",
        "ttclid",
        "li_fat_id",
        "irclickid",
        "rb_clickid",
        "epik",
        "igshid",
        "igsh",
        "mc_cid",
        "mc_eid",
        "mkt_tok",
        "_hsenc",
        "_hsmi",
        "hsctatracking",
        "vero_id",
        "oly_enc_id",
        "oly_anon_id",
        "wickedid",
        "srsltid",
        "spm",
        "ref_src",
        "ref_url",
        "_ga",
        "_gl",
        "__twitter_impression",
        "mibextid",
        "rdid",
        "_openstat",
        "xtor",
        "wt_mc",
        "guccounter",
        "guce_referrer",
        "guce_referrer_sig",
        "s_kwcid",
        "ef_id",
        "fb_action_ids",
        "fb_action_types",
        "fb_source",
        "fb_ref",
        "action_object_map",
        "action_type_map",
        "action_ref_map",
        "cmpid",
        "ncid",
        "nr_email_referer",
        "_branch_match_id",
        "_branch_referrer",
        "phpsessid",
        "jsessionid",
        "aspsessionid",
    ]
)
CAMPAIGNS = ("utm_", "pk_", "mtm_", "piwik_", "matomo_", "hsa_", "at_campaign", "at_medium")


def is_noise(name: str, value: str) -> bool:
    """Whether a parameter, as it is written, says nothing of what is shown."""
    lowered = name.lower()
    return (
        lowered in TRACKING
        or lowered.startswith(CAMPAIGNS)
        or (lowered == "amp" and value in ("", "1", "true"))
        or (lowered == "outputtype" and value.lower() == "amp")
    )
