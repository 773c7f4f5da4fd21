"""Below `delivered-cards/`, within the names of the room."""

from django.urls import path

from households.cards import views

urlpatterns = [
    path("", views.cards, name="card_cards"),
    path("waiting/", views.waiting, name="card_waiting"),
    path("sign/", views.sign, name="card_sign"),
    path("lists/", views.lists, name="card_lists"),
    path("lists/template/", views.template, name="card_template"),
    path("lists/<int:pk>/", views.card_list, name="card_list"),
    path("people/<int:pk>/new/", views.new, name="card_new"),
    path("<int:pk>/", views.card, name="card"),
    path("<int:pk>/return/", views.send_back, name="card_return"),
    path("<int:pk>/paper/", views.paper, name="card_paper"),
]
