"""German words of thanks, of relief and of trouble."""

from chatdesk.lifecycle.reading.words import Language

GERMAN = Language(
    name="de",
    thanks="""
        danke, dank, danke dir, danke euch, danke ihnen, danke schön, dankeschön, dankend, dankee,
        vielen dank, vielen lieben dank, lieben dank, besten dank, herzlichen dank, tausend dank,
        großen dank, recht herzlichen dank, bedanke mich, ich bedanke mich, merci, thx, thanks,
        mille dank, vergelt's gott
    """,
    good="""
        ok, okay, oki, okidoki, gut, super, prima, toll, klasse, perfekt, top, spitze, genial,
        wunderbar, ausgezeichnet, hervorragend, großartig, fantastisch, cool, geil, bestens,
        einwandfrei, tiptop, tip top, passt, läuft, läufts, geht, gehts, geht's, funktioniert,
        funktionierts, funktioniert's, funzt, klappt, klappts, klappt's, klappte, geklappt,
        funktionieren, tut, tut's, geht wieder, läuft wieder, funktioniert wieder, funzt wieder,
        klappt wieder, tut wieder, wieder online, wieder gut, wieder ok, wieder in ordnung, wieder
        normal, wieder super, wieder perfekt, wieder einwandfrei, wieder problemlos, wieder wie
        gewohnt, behoben, gelöst, erledigt, fertig, geregelt, geschafft, repariert, hat sich
        erledigt, alles in ordnung, in ordnung, das war's, das wars, das war es, das war alles, ja,
        jap, jep, jup, jawohl, jawoll, genau, stimmt, richtig, korrekt, klar, natürlich, gerne,
        gern, einverstanden, verstanden, notiert, bestätigt, ich bestätige, geholfen, kein problem,
        keine probleme, keine probleme mehr, kein problem mehr, kein thema, kein ding, keine
        ursache, nichts zu danken, keine sorge, kein fehler mehr, keine fehler mehr, keine
        fehlermeldung mehr, keine fehlermeldungen mehr, keine weiteren fragen, keine fragen mehr,
        kein stress, ohne probleme, ohne fehler, problem gelöst, problem behoben, problem ist
        gelöst, problem ist behoben, problem erledigt, problem ist weg, problem weg, fehler behoben,
        fehler ist weg, fehler weg, fehler ist behoben, störung behoben, kann geschlossen werden,
        können geschlossen werden, kann zu, kann zugemacht werden, kannst du schließen, können sie
        schließen, könnt ihr schließen, bitte schließen, darf geschlossen werden, geschlossen
        werden, schließen, kannst schließen, könnt schließen, abschließen, ticket zu, kann mich
        anmelden, kann mich wieder anmelden, wieder anmelden, kann mich einloggen, kann mich wieder
        einloggen, kann drucken, kann wieder drucken, kann wieder arbeiten, komme wieder rein, bin
        wieder drin, bin drin, wie gewohnt, wie neu, wie geschmiert, wie es soll, freut mich, freu
        mich, ihr seid die besten, du bist der beste, du bist die beste, der beste, die beste, die
        besten, super arbeit, gute arbeit, tolle arbeit, held, heldin, lebensretter, endlich, juhu,
        hurra, yay, jippie, gut zu wissen, passt scho, bitteschön, bitte schön, gern geschehen,
        supi, wir können schließen, können wir schließen, können wir das ticket schließen, könnt ihr
        das ticket schließen, kannst du das ticket schließen, können sie das ticket schließen, bitte
        das ticket schließen, bitte ticket schließen, ticket schließen, wie vorher, hammer, stark,
        sauber, läuft rund, passt wunderbar
    """,
    hello="""
        hallo, hi, hey, moin, servus, grüß gott, grüezi, guten morgen, guten tag, guten abend,
        liebe, lieber, liebes, herr, frau, gruß, grüße, viele grüße, liebe grüße, beste grüße,
        freundliche grüße, mit freundlichen grüßen, mit besten grüßen, lg, vg, mfg, bg, tschüss,
        ciao, bis dann, bis bald, kollege, kollegin, kollegen, team, leute, zusammen
    """,
    small="""
        das, es, ist, sind, war, hat, habe, haben, ich, du, ihr, sie, wir, mir, mich, dir, euch,
        uns, ihnen, der, die, den, dem, ein, eine, auch, so, sehr, ganz, echt, wirklich, richtig
        gut, jetzt, nun, jetzt wieder, nun wieder, heute wieder, wieder alles, alles wieder,
        nochmal, nochmals, noch einmal, noch mal, schon, bereits, alles, alle, beides, damit, bei
        mir, bei uns, hier, heute, inzwischen, mittlerweile, seitdem, vielen, viele, vielmals,
        lieben, besten, schnell, schnelle, schneller, schnellen, rasche, prompte, hilfe,
        unterstützung, mühe, bemühungen, antwort, rückmeldung, info, lösung, geduld, service,
        support, einsatz, bearbeitung, für, für die, für deine, für eure, für ihre, und, ticket,
        anfrage, fall, sache, mega, super lieb, lieb, nett, tausend, mal, ja mal, doch, halt, eben,
        schönen tag, schönes wochenende, schönen abend, schönen feierabend, schöne woche, schönen
        tag noch, guten start, feierabend, wochenende, tag, noch schönen tag, einen, ach, oh, ah,
        achso, ach so, haha, hihi, danach, problemlos, reibungslos, tadellos, vollständig, komplett,
        von meiner seite, meinerseits, dann, bin, zum glück, gott sei dank, na, wie immer, an alle,
        an euch, an dich, an sie, fürs, fürs helfen, fürs kümmern, fürs erledigen, für das kümmern,
        für alles, fürs schnelle
    """,
    trouble="""
        noch immer, immer noch, immernoch, nach wie vor, weiterhin, geht nicht, gehen nicht,
        funktioniert nicht, läuft nicht, klappt nicht, nicht gelöst, nicht behoben, kaputt, defekt,
        fehler*, problem*, fehlt, fehlen, absturz, abstürz*, stürzt, abgestürzt, hängt, hängen,
        hakt, langsam, geht nix, nix, kommt wieder, kam wieder, kommt jetzt, tritt wieder, wieder
        weg, schon wieder, wieder kaputt, wieder nicht, wieder dasselbe, wieder das gleiche,
        dasselbe, das gleiche, gleiche, gleicher, gleichen, selbe, selber fehler, nur noch, leider,
        bitte, könnt ihr, können sie, kannst du, könntest, könnten, könntet, würden sie, brauche,
        brauchen, benötige, benötigen, möchte, hätte gern, schwarz, leer, falsch, unmöglich,
        verschwunden, gesperrt, abgelehnt, verweigert, ungültig, abgelaufen, ausgefallen, ausfall,
        störung*, unterbroch*, bricht ab, abbruch, bleibt, manchmal, ab und zu, gelegentlich,
        sporadisch, schlimmer, schlechter, schlecht, wieder öffnen, wiedereröffnen, erneut,
        trotzdem, dennoch, unverändert, ungelöst, stattdessen, warte, frechheit, unverschämt,
        gestern, verloren, meldung*, außer, zusätzlich, außerdem
    """,
    negation="""
        nicht, nein, nee, nö, ne, kein, keine, keinen, keiner, keinem, nie, noch, niemals, nichts,
        ohne, weder
    """,
    unsettled="""
        morgen, später, nachher, gleich, demnächst, montag, dienstag, mittwoch, donnerstag, freitag,
        nächste woche, teste, testen, getestet, probiere, probieren, ausprobieren, probier,
        versuche, versuchen, prüfe, prüfen, geprüft, schaue, schau, schauen, gucke, guck, melde
        mich, sage bescheid, sag bescheid, gebe bescheid, geb bescheid, werde, werden, sobald, wenn,
        falls, ob, vielleicht, eventuell, wohl, wahrscheinlich, vermutlich, scheint, scheinbar,
        anscheinend, hoffe, hoffentlich, mal sehen, mal schauen, abwarten, glaube, denke, sollte,
        müsste, würde, wäre, könnte, bisher, vorerst, bis jetzt, im moment, momentan, urlaub, im
        büro, wie, warum, wieso, was, welche, welcher, welches, wer, wo, wann, noch nicht sagen,
        muss ich, soll ich, ^ist es, ^ist das, ^ist der, ^ist die, ^ist mein, ^ist meine, ^sind die,
        ^hat es, ^hat das, ^habt ihr, ^haben sie, ^hast du, ^geht es, ^geht das, ^läuft es, ^läuft
        das, ^funktioniert es, ^funktioniert das, ^klappt es, ^klappt das, ^kann ich
    """,
    but="aber, allerdings, jedoch, bloß, obwohl, doch noch, wobei",
)
