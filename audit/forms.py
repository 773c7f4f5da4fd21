from django import forms

from audit.words import VERBS


class TrailFilter(forms.Form):
    subject = forms.CharField(label="对象", required=False, help_text="如 rosters.roster:17")
    verb = forms.ChoiceField(
        label="事项", required=False, choices=[("", "全部"), *sorted(VERBS.items(), key=lambda item: item[0])]
    )
    actor = forms.CharField(label="人员（用户名或姓名）", required=False)
    since = forms.DateField(label="自", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="至", required=False, widget=forms.DateInput(attrs={"type": "date"}))


class PersonSearch(forms.Form):
    text = forms.CharField(label="姓名或身份证号", max_length=50)
