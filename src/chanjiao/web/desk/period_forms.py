"""Forms of a year and its close."""

from typing import Any

from django import forms

from chanjiao.indicators.queries import sets_visible_to


class NewForm(forms.Form):
    """A year and its set."""

    year = forms.IntegerField(label="年度", min_value=2000, max_value=2100)
    version = forms.ModelChoiceField(label="指标集", queryset=sets_visible_to(None))

    def __init__(self, *args: Any, versions: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["version"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = versions
        field.help_text = "" if versions else "还没有指标集，请先导入或采用演示指标集。"


class SettingsForm(forms.Form):
    """What may be set while the year is live."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    return_due_on = forms.DateField(
        label="成员年报填报截止", required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    explain_percent = forms.IntegerField(
        label="变动说明阈值（%）", min_value=1, max_value=1000,
        help_text="与上一年度相比变动达到这个比例的指标，锁定前须写明原因。",
    )  # fmt: skip


class AdoptForm(forms.Form):
    """Another version for the period."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    version = forms.ModelChoiceField(label="指标集版本", queryset=sets_visible_to(None))


class LockForm(forms.Form):
    """Lock, with a reason where something stays open."""

    reason = forms.CharField(
        label="仍有未办结事项时，写明锁定的理由", required=False, max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip


class PublishForm(forms.Form):
    """What the public sees."""

    codes = forms.MultipleChoiceField(
        label="公开的指标", required=False, widget=forms.CheckboxSelectMultiple
    )
    public_pack = forms.BooleanField(
        label="提供证据包公开版下载", required=False,
        help_text=(
            "公开版含本年度全部事实数据的逐行内容，不只是上面勾选的指标：成员、会议、议案与表决、任务进度、"
            "承诺与兑现金额、供需清单、匹配结果、佐证名称与摘要，都写明单位；还有全部指标的数值、填报依据和"
            "变动说明。学生只有仅用于这一份文件的化名，填报人、批准人和说明人的姓名以职务代替。"
            "逐行数据不宜公开的，请不要勾选；不勾选不影响公开所选指标。"
        ),
    )  # fmt: skip
