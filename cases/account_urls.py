"""Addresses of signing in and of one's own factors, under /accounts/: the used pages of allauth and no others."""

from django.urls import path, re_path

from cases.views import account

urlpatterns = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.inactive, name="account_inactive"),
    path("reauthenticate/", account.confirm, name="account_reauthenticate"),
    path("password/change/", account.change_password, name="account_change_password"),
    path("password/reset/", account.ask_password, name="account_reset_password"),
    path("password/reset/done/", account.asked_password, name="account_reset_password_done"),
    path("password/reset/key/done/", account.new_password_done, name="account_reset_password_from_key_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.new_password,
        name="account_reset_password_from_key",
    ),
    path("2fa/", account.factors_index, name="mfa_index"),
    path("2fa/authenticate/", account.second_step, name="mfa_authenticate"),
    path("2fa/reauthenticate/", account.confirm_by_code, name="mfa_reauthenticate"),
    path("2fa/totp/activate/", account.add_app, name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", account.remove_app, name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", account.recovery, name="mfa_view_recovery_codes"),
    path("2fa/recovery-codes/generate/", account.make_recovery, name="mfa_generate_recovery_codes"),
    path("2fa/webauthn/", account.passkeys, name="mfa_list_webauthn"),
    path("2fa/webauthn/add/", account.add_passkey, name="mfa_add_webauthn"),
    path("2fa/webauthn/login/", account.passkey_login, name="mfa_login_webauthn"),
    path("2fa/webauthn/reauthenticate/", account.confirm_by_passkey, name="mfa_reauthenticate_webauthn"),
    path("2fa/webauthn/keys/<int:pk>/remove/", account.remove_passkey, name="mfa_remove_webauthn"),
    path("2fa/webauthn/keys/<int:pk>/edit/", account.rename_passkey, name="mfa_edit_webauthn"),
]
