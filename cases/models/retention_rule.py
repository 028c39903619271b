"""How long one class of data is kept in one country: dated facts that staff may change."""

from uuid import uuid4

from django.conf import settings
from django.db import models

from cases.retention import ANY_COUNTRY, FIXED, DataClass, Rule, shipped_rules


class RetentionRuleQuerySet(models.QuerySet["RetentionRule"]):
    """Questions about keeping times."""

    def in_force(self) -> list[Rule]:
        """Return every rule in the order of its class; what nobody loaded or changed is as it ships."""
        found = {(rule.kind, rule.country): rule for rule in shipped_rules()}
        for row in self:
            kind = DataClass(row.kind)
            found[kind, row.country] = Rule(kind, row.country, row.days, row.basis, row.confidence, row.checked_on)
        order = list(DataClass)
        return sorted(found.values(), key=lambda rule: (order.index(rule.kind), rule.country))


class RetentionRule(models.Model):
    """One keeping time. `days` None keeps the class; `country` empty is any country."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    kind = models.CharField(max_length=12, choices=[one for one in DataClass.choices if one[0] not in FIXED])
    country = models.CharField(max_length=2, blank=True, default=ANY_COUNTRY)
    days = models.PositiveIntegerField(null=True, blank=True)
    basis = models.CharField(max_length=300)
    confidence = models.CharField(max_length=40)
    checked_on = models.DateField()
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField()

    objects = RetentionRuleQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "country"], name="retention_rule_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.country or 'anywhere'}: {self.days} days"
