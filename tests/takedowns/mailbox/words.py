"""What the mails of the test mailbox say, in ten languages and a few more. Every sender and sentence is invented."""

REMOVED = {
    "en": "Hello,\n\nwe reviewed the links that you sent and removed all of them today.\n\nTrust and Safety",
    "de": "Guten Tag,\n\nwir haben die gemeldeten Inhalte geprüft und heute gelöscht.\n\nIhr Meldeteam",
    "fr": "Bonjour,\n\naprès examen, nous avons supprimé les contenus signalés.\n\nL’équipe de modération",
    "es": "Hola:\n\nhemos revisado los enlaces y el contenido ha sido eliminado.\n\nEquipo de seguridad",
    "it": "Buongiorno,\n\nabbiamo esaminato i link: il materiale è stato rimosso oggi.\n\nIl gruppo moderazione",
    "pt": "Olá,\n\nanalisámos os endereços e o conteúdo foi removido hoje.\n\nEquipa de segurança",
    "nl": "Hallo,\n\nwe hebben de links bekeken en alles is vandaag verwijderd.\n\nHet veiligheidsteam",
    "pl": "Dzień dobry,\n\nsprawdziliśmy adresy i materiał został usunięty.\n\nZespół bezpieczeństwa",
    "tr": "Merhaba,\n\nbağlantıları inceledik, içerik bugün kaldırıldı.\n\nGüvenlik ekibi",
    "ar": "مرحبًا،\n\nراجعنا الروابط وقد أزلنا المحتوى اليوم.\n\nفريق السلامة",
    "ru": "Здравствуйте,\n\nмы проверили ссылки, материалы удалены сегодня.\n\nСлужба безопасности",
    "ja": "こんにちは。\n\nご連絡のページを確認し、本日削除しました。\n\n安全対策チーム",
}

REFUSED = {
    "en": "Hello,\n\nwe looked at the page. It does not violate our rules, so it stays.\n\nModeration",
    "de": "Guten Tag,\n\nder Inhalt verstößt nicht gegen unsere Regeln und bleibt daher online.\n\nModeration",
    "fr": "Bonjour,\n\ncette page n’enfreint pas nos règles et reste en ligne.\n\nModération",
    "es": "Hola:\n\nla página no infringe nuestras normas y seguirá en línea.\n\nModeración",
    "it": "Buongiorno,\n\nla pagina non viola le nostre regole e resta visibile.\n\nModerazione",
    "pt": "Olá,\n\na página não viola as nossas regras e continua disponível.\n\nModeração",
    "nl": "Hallo,\n\nde pagina is niet in strijd met onze regels en blijft staan.\n\nModeratie",
    "pl": "Dzień dobry,\n\nstrona nie narusza naszych zasad i pozostaje dostępna.\n\nModeracja",
    "tr": "Merhaba,\n\nsayfa kurallarımızı ihlal etmiyor ve yayında kalacak.\n\nModerasyon",
    "ar": "مرحبًا،\n\nالصفحة لا ينتهك محتواها قواعدنا وستبقى.\n\nالإشراف",
    "ru": "Здравствуйте,\n\nстраница не нарушает наши правила и остаётся.\n\nМодерация",
    "ja": "こんにちは。\n\n当該ページは規約に違反していません。そのまま残ります。\n\n運営",
}

ASKED = {
    "en": "Hello,\n\nto go on we need more details: please provide the exact address of each page.\n\nSupport",
    "de": "Guten Tag,\n\nbitte senden Sie uns die genaue Adresse jeder Seite.\n\nSupport",
    "fr": "Bonjour,\n\nveuillez fournir l’adresse exacte de chaque page.\n\nAssistance",
    "es": "Hola:\n\nnecesitamos más datos: la dirección exacta de cada página.\n\nSoporte",
    "it": "Buongiorno,\n\nservono ulteriori informazioni: l’indirizzo esatto di ogni pagina.\n\nAssistenza",
    "pt": "Olá,\n\nprecisamos de mais informações sobre cada página.\n\nApoio",
    "nl": "Hallo,\n\nwe hebben aanvullende informatie nodig over elke pagina.\n\nOndersteuning",
    "pl": "Dzień dobry,\n\npotrzebujemy dodatkowych informacji o każdej stronie.\n\nWsparcie",
    "tr": "Merhaba,\n\nher sayfa için ek bilgi gerekiyor.\n\nDestek",
    "ar": "مرحبًا،\n\nنحتاج إلى معلومات إضافية عن كل صفحة.\n\nالدعم",
    "ru": "Здравствуйте,\n\nнужны дополнительные сведения о каждой странице.\n\nПоддержка",
    "ja": "こんにちは。\n\n各ページについて追加情報をお送りください。\n\nサポート",
}

RECEIVED = {
    "en": "Thank you for your report. A person on our team will look at it.",
    "de": "Vielen Dank für Ihre Meldung. Wir melden uns, sobald sie geprüft ist.",
    "fr": "Nous avons bien reçu votre demande. Elle sera examinée.",
    "es": "Hemos recibido su mensaje. Lo revisaremos pronto.",
    "it": "Abbiamo ricevuto la Sua segnalazione. La esamineremo.",
    "pt": "Recebemos a sua mensagem. Vamos analisá-la.",
    "nl": "Bedankt voor uw melding. We bekijken deze zo snel als we kunnen.",
    "pl": "Dziękujemy za zgłoszenie. Zajmiemy się nim.",
    "tr": "Bildiriminizi aldık. En kısa sürede inceleyeceğiz.",
    "ar": "تم استلام رسالتك. سوف ننظر فيها.",
    "ru": "Спасибо за обращение. Мы его рассмотрим.",
    "ja": "お問い合わせを受け付けました。順に確認いたします。",
}

AWAY_SUBJECT = {
    "en": "Automatic reply: Removal request",
    "de": "Automatische Antwort: Antrag",
    "fr": "Réponse automatique : demande",
    "es": "Respuesta automática: solicitud",
    "it": "Risposta automatica: richiesta",
    "pt": "Resposta automática: pedido",
    "nl": "Automatisch antwoord: verzoek",
    "pl": "Automatyczna odpowiedź: wniosek",
    "tr": "Otomatik yanıt: talep",
    "ar": "رد تلقائي: طلب",
    "ru": "Автоответ: запрос",
    "ja": "自動返信: 依頼",
}

AWAY = {
    "en": "I am out of the office until Monday and have limited access to email.",
    "de": "Ich bin derzeit abwesend und ab Montag wieder erreichbar.",
    "fr": "Je suis absent jusqu’à lundi.",
    "es": "Estoy de vacaciones hasta el lunes.",
    "it": "Sono assente fino a lunedì.",
    "pt": "Estou ausente até segunda-feira.",
    "nl": "Ik ben afwezig tot maandag.",
    "pl": "Jestem nieobecny do poniedziałku.",
    "tr": "Pazartesiye kadar ofis dışındayım.",
    "ar": "أنا في إجازة، وسأعود يوم الاثنين.",
    "ru": "Я в отпуске и вернусь в понедельник.",
    "ja": "月曜日まで不在にしております。",
}

QUOTED_BY = {
    "en": "On Tue, 3 Nov 2026 at 10:00, Helpline <{reply}> wrote:",
    "de": "Am 03.11.2026 um 10:00 schrieb Helpline <{reply}>:",
    "fr": "Le 3 nov. 2026 à 10:00, Helpline <{reply}> a écrit :",
    "es": "El 3 nov 2026, a las 10:00, Helpline <{reply}> escribió:",
    "it": "Il giorno 3 nov 2026 alle ore 10:00 Helpline <{reply}> ha scritto:",
    "pt": "Em 3 de nov. de 2026, Helpline <{reply}> escreveu:",
    "nl": "Op 3 nov 2026 om 10:00 schreef Helpline <{reply}>:",
    "pl": "W dniu 3.11.2026 Helpline <{reply}> napisał(a):",
}
QUOTED = "> Please remove these pages. They were removed once and came back.\n> https://photos.example/p/{n}\n"

CHARSETS = {
    "en": ("us-ascii", "utf-8"),
    "de": ("iso-8859-1", "utf-8"),
    "fr": ("windows-1252", "utf-8"),
    "es": ("iso-8859-15", "utf-8"),
    "it": ("windows-1252", "utf-8"),
    "pt": ("iso-8859-1", "utf-8"),
    "nl": ("utf-8", "us-ascii"),
    "pl": ("iso-8859-2", "utf-8"),
    "tr": ("iso-8859-9", "utf-8"),
    "ar": ("windows-1256", "utf-8"),
    "ru": ("koi8-r", "windows-1251"),
    "ja": ("iso-2022-jp", "utf-8"),
}
