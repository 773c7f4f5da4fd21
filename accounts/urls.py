from django.urls import path

from accounts.views import deputies, people, sign_in, workbench

app_name = "accounts"
urlpatterns = [
    path("", sign_in.home, name="home"),
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("password/", sign_in.password, name="password"),
    path("workbench/", workbench.workbench, name="workbench"),
    path("people/", people.people, name="people"),
    path("people/new/", people.person_new, name="person_new"),
    path("people/<int:number>/", people.person, name="person"),
    path("people/<int:number>/appoint/", people.appoint, name="appoint"),
    path("people/<int:number>/password/", people.person_password, name="person_password"),
    path("people/<int:number>/active/", people.person_active, name="person_active"),
    path("people/posts/<int:number>/end/", people.end_post, name="end_post"),
    path("deputies/", deputies.listed, name="deputies"),
    path("deputies/new/<int:number>/", deputies.new, name="deputy_new"),
    path("deputies/<int:number>/", deputies.decide, name="deputy_decide"),
    path("deputies/<int:number>/end/", deputies.end, name="deputy_end"),
]
