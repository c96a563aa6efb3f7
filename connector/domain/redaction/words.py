"""The words around passwords, as data for `connector/domain/redaction/pairs.py`: labels in many languages, and no-passwords."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What people call a password. Longer names first where one starts another.
STRICT_LABELS = (
    "application password|app password|passphrases?|passcodes?|passwords?|passwd|passwort|passwörter|passord|pass ?wd|pasword|"
    "kennwort|kennwörter|pwd|pw|pswd|contraseñas?|contrasenas?|mots? de passe|mdp|senhas?|palavra-passe|wachtwoord(?:en)?|"
    "lösenord|adgangskode|kodeord|salasana|hasło|haslo|heslo|jelszó|jelszo|parola|parole|şifre|sifre|lozinka|geslo|"
    "пароль|пароли|κωδικός"
)
# Words that mean a password only beside something that looks like one.
LOOSE_LABELS = "pass|clave|psw|pwrd"
# Written without spaces around.
CJK_LABELS = "パスワード|密码|密碼|口令|비밀번호"
KEY_LABELS = (
    "api[ _-]?(?:key|token|secret|signature)|(?:secret|access|private|client|consumer|auth|signing)[ _-]?(?:key|token|secret)|"
    "bearer[ _-]?token|webhook[ _-]?secret|secrets?|tokens?"
)
# Names of settings in files of configuration; longer ones first. `credential_settings.py` reads what they hold.
SETTING_NAMES = (
    "(?:api[_-]?key|api[_-]?secret|secret[_-]?key|access[_-]?key|private[_-]?key|encryption[_-]?key|auth[_-]?key|"
    "logged[_-]in[_-]key|nonce[_-]key|app[_-]key|client[_-]?secret|(?:auth|access|refresh|api)[_-]?token|secret|token|"
    "password|passwd|passphrase|passwort|pwd|pass|salt|cc_encryption_hash|autoauthkey)[0-9]?(?![^\\W])"
)
SETTING_WORDS = _words("""
    key apikey secret apisecret secretkey accesskey privatekey encryptionkey authkey clientsecret token authtoken accesstoken
    refreshtoken apitoken password passwd passphrase passwort pwd pass salt hash autoauthkey dbpassword dbpass smtppassword
    ftppassword userpassword mailpassword adminpassword password1 password2 pass1 pass2
""")
PASSWORD_SETTINGS = _words("password passwd passphrase passwort pwd pass password1 password2 pass1 pass2")
# These hold a secret whatever it looks like: WordPress's keys and salts, WHMCS's and everybody's database password.
CERTAIN_SETTINGS = (
    "(?:.*[._])?(?:(?:secure_)?auth_(?:key|salt)|logged_in_(?:key|salt)|nonce_(?:key|salt)|(?:db|database)_?(?:pass|pwd|passwd|"
    "password)|cc_encryption_hash|autoauthkey)"
)
# FIRST_PASS and TESTS_PASS count; these are passwords.
ACCOUNT_WORDS = (
    "(?:db|ftp|sftp|ssh|user|smtp|mail|email|admin|wp|root|sql|mysql|http|basic|proxy|auth|host|server|sudo)"
)

# What announces a user name and a password one after the other.
LOGIN_LABELS = (
    "login-daten|logindaten|log-?in(?: details| data| info(?:rmation)?| credentials)?|logins|credentials|creds|"
    "access details|account details|"
    "user ?/ ?pass(?:word)?|username ?/ ?password|user (?:&|and|\\+) pass(?:word)?|username and password|"
    "zugangsdaten|anmeldedaten|zugang|benutzerdaten|identifiants|accès|credenciales|datos de acceso|"
    "acceso|dados de acesso|acesso|inloggegevens|dane logowania|dane dostępowe|credenziali|dati di accesso|"
    "přihlašovací údaje|доступы?|данные для входа|uppgifter|(?:s?ftp|ssh|cpanel|whm|mysql|db)(?: login| access| account)?"
)
# User names that stand for themselves: `root / S3cret`.
ACCOUNTS = "(?:wp-)?admin(?:istrator)?|root|webmaster"
USER_LABELS = "user ?names?|users?|usr|benutzer(?:name)?|utilisateur|usuario|usuário|gebruiker(?:snaam)?|utente|логин"

# Between "password" and a colon these name another thing: its hash, its policy, the link that resets it.
NOT_A_QUALIFIER = (
    "re|reset|resets|hash|hashes|hashing|policy|policies|strength|hint|length|field|fields|form|forms|page|label|link|links|url|"
    "e|email|emails|mail|mails|key|keys|error|errors|change|changes|changed|recovery|manager|protection|protected|prompt|rules?|"
    "requirements?|type|types|format|nonce|expiry|expires?|expiration|validity|confirmation|confirm|generator|test|tests|and|or|"
    "not|no|is|was|are|cannot|does|did|input|box|count|attempts?|lifetime|endpoint|id|ids|name|version|status|state|code|"
    "vergessen|zurücksetzen|ändern|länge|regeln|oublié|olvidada|perdida|esqueci|bucket|limit|usage|algorithm|algo|column|length"
)

# Weak, but nobody writes them as an answer to anything else.
WEAK_FORMS = (
    "(?:letmein|qwert[yz]?(?:uiop)?|qazwsx|asdf(?:gh)?(?:jkl)?|iloveyou|sunshine|princess|dragon|monkey|football|baseball|"
    "superman|batman|trustno|hunter|welcome|changeme|password|passwort|passw0rd|pa[s$]{2}word|p@[s$]{2}w[o0]rd|secret|geheim|"
    "hallo|hello|master|shadow|admin|administrator|root|toor|test|tester|demo|guest|abc|wordpress|whmcs|killer|jordan|"
    "passwort|motdepasse|contraseña|senha|schatz|sommer|winter|summer|spring|autumn|herbst|fruehling)[0-9!.@#$*]{0,6}|"
    "(?:abc|qwe|asd|pass|user|temp|login)[0-9]{2,6}[!.]?"
)
# Follow a label in ordinary support prose; none is taken for a password.
ORDINARY = _words("""
    a able about above accepted access account active actually added address after again all allowed already also always am an
    and another any anymore anywhere apparently applied approved are argument as ask asked at attached attempt attempts auto
    automatically available away back bad because been before being below best better between blank blocked both box broken but
    by bypassed button cached called can cannot cant case change changed changes changing character characters check checked
    cleared click coming confirmed contains correct correctly could created current currently customer default deleted denied
    did different different digits disabled disappeared displayed does doesn doesnt don done dont down due e each eight either
    email emailed empty enabled encrypted enforced enter entered error errors even every exactly exists exp expired expires
    fail failed failing fails false field fields fine first fixed following for forbidden forced forgot forgotten form format
    four free from function generated generator get gets getting given gives going gone good got had happens hard has hash hashed
    have having he help her here hers hidden him his hint how i if ignored in inactive incorrect input instead insecure
    interesting invalid is isn isnt issue it its just keeps kept known label last later least left length like link literally
    locked login logins long longer look lost mail manager matches may maybe me meter mandatory mismatch missing more must my n
    na need needed needs never new nine no none nope nor normal not nothing now null obviously of off ok okay old on once one
    only onto option optional or other our out over own page pages part pasted pending permitted please plugin policy possible
    post problem problems prompt protected protection provided public question quite random rate re read really recover
    recovered recovery refused rejected removed renewed repeated request required requirement requirements requires reset resets
    resetting restored retrieved returned revoked right rotated rules safe same saved screen secure see seems sent separate
    separately set several shared she short should show shown shows six since so some someone something soon still stolen
    stored strength string strong stuck submitted such sure take taken ten text than that the their them then there these they
    thing this those three through thus time to too tried true try trying two type typed undefined unchanged under unique
    unknown unless until unset up updated upon urgent us use used user username users using valid value variable verified very
    via visible want was wasn way we weak weird well went were what when where whether which while who why will wiped with
    within without won wont work worked working works would wrong yes yet you your yours zero
    abgelaufen aber alle anbei auch auf bitte bei bereits das dass dem den der des deutsch die dieses dort ein eine einen
    erforderlich erhalten es falsch fehler fehlt folgt für geht geändert gesetzt gespeichert gleich haben hat hilfe ich im immer
    in ist ja jetzt kann kein keine korrekt kommt leer man mehr mein meine mir mit muss nach nein neu neue neues nicht nie noch
    notwendig pflicht pflichtfeld
    nur oder per richtig schon sehr sicher sie siehe sind so stimmt telefonisch um und ungültig unten unbekannt
    unser vergessen verloren verschlüsselt von war weg wie wieder wird wurde zu zum zurückgesetzt zurücksetzen zwei
    ancien au aussi avec ce cette ci-dessous champ changé correcte dans de des du elle en erroné est et expiré faux il incorrecte
    invalide je la le les lien mais manquant modifié mon ne nouveau nous obligatoire ont oublié ou oui par pas perdu plus pour
    que qui requis sa sans si son sont sur toujours trop un une valide vide votre vous voir
    al antes aquí bien cambiada caducada caducado como con correcta correcto cuando debe del el ella era error errónea es esta
    está falta incorrecta incorrecto inválida la las lo los más mi muy nada ni no nueva obligatoria olvidada olvidado olvidé
    para perdida pero por porque que requerida se ser si sin su también tengo un una vacía válida ya yo
    ainda com correta da de diferente do e ela em errada errado esqueci está expirou foi inválido isso mas mesma muito na não
    nova no num o obrigatória os ou perdi pela pelo por quando quer sem ser seu só sua tem uma vazia
    aan als bij dat deze een fout geen goed het hij hoe ik ingesteld is kan klopt kwijt maar mijn moet naar niet nieuw of onjuist
    ook op te van vergeten verkeerd verlopen verplicht via voor waar wat werd wij zie zijn
    anche che come con corretta dalla della di dimenticata errata ho il ma mia nel non nuova obbligatoria per persa più scaduta
    sbagliata scritta una vuota
    ale błędne dla i jak jest nie niepoprawne nieprawidłowe nowe od po się wygasło wymagane z za zapomniane
    court courte expire expirée incorrectes manque invalides vides refuse
    incorreto incorreta inválido inválida expirado vazio curta curto faltando
    incorrecto inválido vacío vacia corta corto falló
    ongeldig ongeldige leeg kort onbekend geweigerd verplichte mislukt
    leer falsches kurz lang abgelehnt gesperrt deaktiviert aktiviert ungültiges unsichtbar sichtbar fehlend
    non valida scadute errato errate vuoto corta
    niepoprawny nieprawidłowy wygasł brak pusty puste krótkie
    ogiltig ogiltigt felaktig felaktigt ugyldig forkert feil tom
    и в на не неверный неправильный забыл истек нет обязателен пустой
""")
# What a member or a setting says of a credential instead of holding one.
STATES = ORDINARY | _words("""
    n/a absent accept accepts allow always auto bad buggy configured correct deferred deny denies fine fully granted header
    inherited intact lifetime masked match matched minute minutes missing mismatch never noch nonexistent offline online
    outdated passed present private public rejects rotated seconds secured skip skipped skipping stale stripped success
    successful truncated unavailable unreadable unsaved unsupported unverified wrongly yesterday today verify wiped
    nullable string varchar int boolean text
""")
# Endings of participles and adjectives, of words of six letters and more: "password: autofilled", "contraseña: rechazada".
ORDINARY_ENDINGS = (
    "ed", "ing", "able", "ible", "less", "iert", "ado", "ada", "ido", "ida", "ato", "ata", "uto", "uta", "ito", "ita", "é", "ée",
    "ены", "ный", "ная", "ное",
)  # fmt: skip
# Words with a number behind that name a thing, a version, a place: PHP8, sha256, page2.
NAMES_WITH_NUMBERS = (
    "argon|base|bcrypt|build|case|centos|chapter|class|column|cpanel|css|debian|edge|error|es|field|figure|h|h264|html|http|"
    "https|id|ie|imap|ios|ip|ipv|iso|issue|java|joomla|jquery|latin|level|line|log|macos|mariadb|md|mp|mysql|mysqli|node|oauth|"
    "openssl|option|oauth|order|p|page|part|pbkdf|php|phpmailer|phase|point|pop|port|python|q|question|release|rfc|row|section|"
    "sha|site|smtp|ssl|step|swiper|table|task|ticket|tier|tls|ubuntu|utf|v|vue|version|whmcs|win|windows|wordpress|woocommerce|wp|x|xhtml"
)

# The word (letters and digits unbroken) that each label starts with; a test holds them together.
FIRST_WORDS = """
    application app passphrase passphrases passcode passcodes password passwords passwd passwort passwörter passord pass pasword
    kennwort kennwörter pwd pw pswd contraseña contraseñas contrasena contrasenas mot mots mdp senha senhas palavra wachtwoord
    wachtwoorden lösenord adgangskode kodeord salasana hasło haslo heslo jelszó jelszo parola parole şifre sifre lozinka geslo
    пароль пароли κωδικός clave psw pwrd api apikey apitoken apisecret secret secretkey secrettoken secretsecret access accesskey
    accesstoken accesssecret private privatekey privatetoken privatesecret client clientkey clienttoken clientsecret consumer
    consumerkey consumertoken consumersecret auth authkey authtoken authsecret signing signingkey signingtoken signingsecret
    bearer bearertoken webhook webhooksecret secrets token tokens login logindaten log logins credentials creds account user
    username zugangsdaten anmeldedaten zugang benutzerdaten identifiants accès credenciales datos acceso dados acesso
    inloggegevens dane credenziali dati přihlašovací доступ доступы данные uppgifter ftp sftp ssh cpanel whm mysql db wp admin
    administrator root webmaster usernames users usr benutzer benutzername utilisateur usuario usuário gebruiker gebruikersnaam
    utente логин
"""
