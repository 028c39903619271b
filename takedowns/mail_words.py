"""Words by which mails of a machine are told from those of a person, in the languages that platforms answer in.

Compared in folded case as parts of a subject or of the first words of a mail. They never decide alone that a platform
did something: what was decided is read by a person.
"""

from typing import Final

AWAY: Final = (
    *("out of office", "out of the office", "away from my desk", "on annual leave", "on vacation until"),
    *("currently on leave", "limited access to email", "limited access to my email", "i am away until"),
    *("abwesenheitsnotiz", "abwesenheitsnachricht", "nicht im büro", "ich bin derzeit abwesend", "im urlaub bis"),
    *("absence du bureau", "absent du bureau", "je suis absent", "je suis actuellement absent", "en congé jusqu"),
    *("fuera de la oficina", "fuera de oficina", "ausente de la oficina", "estoy de vacaciones", "estaré ausente"),
    *("fuori sede", "fuori ufficio", "sono assente", "assente dall'ufficio", "in ferie fino"),
    *("fora do escritório", "ausência temporária", "estou ausente", "estarei ausente", "de férias até"),
    *("afwezig", "niet op kantoor", "met vakantie tot", "afwezigheidsbericht"),
    *("poza biurem", "nieobecność w biurze", "jestem nieobecn", "na urlopie do"),
    *("frånvaro", "inte på kontoret", "semester till", "fravær", "ikke på kontoret", "poissa toimistolta"),
    *("ofis dışında", "ofis dışındayım", "izindeyim", "yıllık izinde"),
    *("нет на рабочем месте", "отсутствую в офисе", "нахожусь в отпуске", "в отпуске до", "я в отпуске"),
    *("خارج المكتب", "في إجازة حتى", "أنا في إجازة"),
    *("不在にしております", "休暇をいただいております", "外出中", "不在办公室", "休假", "부재중", "휴가 중"),
    *("di luar kantor", "sedang cuti", "कार्यालय से बाहर", "छुट्टी पर"),
)

AUTOMATIC_SUBJECTS: Final = (
    *("automatic reply", "auto reply", "auto-reply", "autoreply", "autoresponse", "auto response", "automated reply"),
    *("automatische antwort", "réponse automatique", "respuesta automática", "risposta automatica"),
    *("resposta automática", "automatisch antwoord", "automatische reactie", "automatyczna odpowiedź", "autosvar"),
    *("automaattinen vastaus", "otomatik yanıt", "автоответ", "автоматический ответ", "رد تلقائي"),
    *("自動返信", "自动回复", "자동 회신", "자동 응답", "balasan otomatis", "स्वचालित उत्तर"),
)

RECEIVED: Final = (
    *("we have received your", "we've received your", "we received your", "has been received", "was received"),
    *("thank you for your report", "thanks for your report", "thank you for contacting", "thanks for contacting"),
    *("thank you for reaching out", "your request has been submitted", "your ticket has been created"),
    *("a ticket has been", "has been assigned ticket", "we will review your", "we'll review your"),
    *("ist bei uns eingegangen", "haben ihre nachricht erhalten", "haben ihre meldung erhalten", "eingangsbestätigung"),
    *("vielen dank für ihre meldung", "vielen dank für ihre anfrage", "haben ihre anfrage erhalten"),
    *("nous avons bien reçu", "avons bien reçu votre", "accusé de réception", "merci pour votre signalement"),
    *("merci de nous avoir contacté", "votre demande a été enregistrée"),
    *("hemos recibido tu", "hemos recibido su", "gracias por tu denuncia", "gracias por su denuncia"),
    *("gracias por contactar", "acuse de recibo", "su solicitud ha sido registrada"),
    *("abbiamo ricevuto la", "grazie per la segnalazione", "grazie per averci contattato", "conferma di ricezione"),
    *("recebemos a sua", "recebemos sua", "recebemos o seu", "recebemos seu", "obrigado por entrar em contato"),
    *("obrigado pela sua denúncia", "obrigado por contactar"),
    *("we hebben uw", "wij hebben uw", "we hebben je melding", "bedankt voor uw melding", "bedankt voor je bericht"),
    *("ontvangstbevestiging", "otrzymaliśmy", "dziękujemy za zgłoszenie", "potwierdzenie otrzymania"),
    *("vi har mottagit", "vi har tagit emot", "vi har mottatt", "vi har modtaget", "tack för din anmälan"),
    *("talebinizi aldık", "bildiriminizi aldık", "başvurunuz alındı"),
    *("мы получили ваш", "ваше обращение получено", "ваш запрос получен", "спасибо за обращение"),
    *("تلقينا بلاغك", "استلمنا طلبك", "تم استلام", "شكرا لتواصلك", "شكراً لتواصلك"),
    *("を受け付けました", "お問い合わせいただきありがとう", "ご報告ありがとう", "受付完了"),
    *("我们已收到", "感谢您的举报", "접수되었습니다", "문의해 주셔서 감사합니다"),
    *("kami telah menerima", "terima kasih telah menghubungi", "हमें आपका", "आपकी शिकायत प्राप्त"),
)

DECIDED: Final = (
    *("removed", "taken down", "took down", "deleted", "disabled access", "no longer available", "blocked access"),
    *("does not violate", "doesn't violate", "did not violate", "doesn't go against", "does not go against"),
    *("unable to", "cannot", "can't", "declin", "reject", "not able to", "need more", "additional information"),
    *("please provide", "please send", "please confirm", "please reply with", "could you"),
    *("entfernt", "gelöscht", "gesperrt", "verstößt nicht", "ablehn", "abgelehnt", "weitere angaben", "nicht möglich"),
    *("bitte senden", "bitte teilen"),
    *("supprimé", "retiré", "bloqué", "n'enfreint pas", "ne pouvons pas", "refus", "veuillez fournir"),
    *("informations complémentaires",),
    *("eliminado", "retirado", "borrado", "no infringe", "no podemos", "rechaz", "necesitamos más", "envíenos"),
    *("rimosso", "rimossa", "eliminato", "non viola", "non possiamo", "respint", "ulteriori informazioni"),
    *("removido", "removemos", "excluído", "não viola", "não podemos", "recus", "mais informações"),
    *("verwijderd", "niet in strijd", "kunnen niet", "afgewezen", "aanvullende informatie"),
    *("usunięt", "usunęliśmy", "nie narusza", "nie możemy", "odrzuc", "dodatkowych informacji"),
    *("tagits bort", "raderat", "borttaget", "fjernet", "slettet", "bryter inte", "kan inte"),
    *("kaldırıldı", "kaldırdık", "silindi", "ihlal etmiyor", "reddedil", "ek bilgi"),
    *("удален", "удалён", "удалили", "не нарушает", "отказ", "не можем", "дополнительн"),
    *("تمت إزالة", "أزلنا", "تم حذف", "لا ينتهك", "رفض", "لا يمكننا", "معلومات إضافية"),
    *("削除しました", "削除いたしました", "違反していません", "できません", "追加情報"),
    *("已删除", "已移除", "不违反", "无法", "삭제되었습니다", "삭제했습니다", "위반하지", "할 수 없"),
    *("telah dihapus", "tidak melanggar", "tidak dapat", "हटा दिया", "उल्लंघन नहीं"),
)
"""Words of somebody who decided, asks or says no: a mail with one of them is never set aside as a mere receipt."""

NOT_DELIVERED: Final = (
    *("undelivered mail", "undeliverable", "delivery status notification", "delivery failure", "delivery has failed"),
    *("mail delivery failed", "mail delivery failure", "returned mail", "failure notice", "could not be delivered"),
    *("couldn't be delivered", "wasn't delivered", "delivery to the following", "message not delivered"),
    *("address not found", "this is the qmail-send program", "i'm sorry to have to inform you"),
    *("unzustellbar", "nicht zugestellt", "non remis", "non distribué", "échec de la remise"),
    *("no se pudo entregar", "no entregado", "no se ha podido entregar", "mancato recapito", "non recapitabile"),
    *("não foi possível entregar", "não entregue", "onbestelbaar", "niet bezorgd", "niedostarczon"),
    *("nie można dostarczyć", "kunde inte levereras", "kunne ikke leveres", "iletilemedi", "teslim edilemedi"),
    *("не доставлено", "не удалось доставить", "недоставленное", "تعذر تسليم", "لم يتم تسليم"),
    *("配信できませんでした", "送信できませんでした", "无法投递", "退信", "배달되지 않음", "전송 실패"),
)

STILL_TRYING: Final = (
    *("warning: message still undelivered", "message delayed", "delivery delayed", "has been delayed"),
    *("will be retried", "will continue to try", "will keep trying", "still being retried", "not yet been delivered"),
    *("no action is required", "you do not need to resend", "temporary problem", "delayed 24 hours"),
    *("verzögert", "zustellung verzögert", "weiterhin versucht", "remise retardée", "retardé"),
    *("entrega retrasada", "se ha retrasado", "recapito ritardato", "entrega atrasada", "vertraagd", "opóźnion"),
    *("доставка задерживается", "задержка доставки"),
)
