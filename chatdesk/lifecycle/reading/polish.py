"""Polish words of thanks, of relief and of trouble."""

from chatdesk.lifecycle.reading.words import Language

POLISH = Language(
    name="pl",
    thanks="""
        dziękuję, dziękuje, dzięki, dzieki, dzięki wielkie, wielkie dzięki, dziękuję bardzo, bardzo
        dziękuję, dziękujemy, podziękowania, serdecznie dziękuję, dzięks, dzięx, thx, dz, stokrotne
        dzięki, jeszcze raz dziękuję, jeszcze raz dzięki, dzięki jeszcze raz, dziękuję jeszcze raz,
        jestem wdzięczny, jestem wdzięczna, doceniam
    """,
    good="""
        ok, okej, okey, oki, spoko, dobra, dobrze, dobre, super, świetnie, świetny, świetna,
        wspaniale, znakomicie, doskonale, idealnie, perfekcyjnie, rewelacja, ekstra, bomba, pięknie,
        ładnie, fajnie, git, gra, gitara, śmiga, hula, chodzi, działa, działają, zadziałało,
        zadziałał, zadziałała, znów działa, działa znów, znowu działa, działa znowu, ponownie
        działa, pomogło, pomógł, pomogła, udało, naprawione, naprawiony, rozwiązane, rozwiązany,
        rozwiązano, załatwione, załatwiony, zrobione, gotowe, ogarnięte, w porządku, wszystko w
        porządku, jasne, rozumiem, zrozumiano, zrozumiałem, zrozumiałam, przyjąłem, przyjęłam,
        przyjęte, zanotowane, zgoda, zgadza się, tak, no tak, pewnie, oczywiście, dokładnie,
        potwierdzam, potwierdzone, nie ma problemu, nie ma sprawy, żaden problem, bez problemu, bez
        problemów, nie ma już problemu, nie ma już problemów, nie ma już błędu, nie ma już błędów,
        błąd zniknął, problem zniknął, bez błędów, nie ma za co, proszę bardzo, problem rozwiązany,
        problem został rozwiązany, problem naprawiony, problem z głowy, błąd naprawiony, można
        zamknąć, możecie zamknąć, możesz zamknąć, proszę zamknąć, proszę o zamknięcie, do
        zamknięcia, zamknąć, zamykamy, zamykam, mogę się zalogować, mogę już się zalogować, mogę się
        już zalogować, mogę drukować, loguje się, jak nowe, dobra robota, świetna robota, najlepsi,
        jesteście najlepsi, jesteś najlepszy, brawo, nareszcie, w końcu, hura, uff, to wszystko, to
        tyle, nic więcej, miło, wróciło do normy, wszystko wróciło do normy, śmiga wszystko,
        ruszyło, odblokowane, przywrócone, elegancko
    """,
    hello="""
        cześć, hej, hejka, siema, witam, witaj, dzień dobry, dobry wieczór, dobry, szanowny,
        szanowna, drogi, droga, panie, pani, pan, pozdrawiam, pozdrowienia, serdecznie pozdrawiam,
        pozdrawiam serdecznie, pozdro, z poważaniem, miłego dnia, miłego weekendu, miłego wieczoru,
        dobrego dnia, do widzenia, na razie, pa, zespół, zespole, koledzy, wszystkim
    """,
    small="""
        to, jest, są, był, była, było, i, a, w, z, ze, za, o, u, na, do, się, mi, mnie, ci, wam,
        cię, was, my, wy, mój, moja, już, teraz, dziś, dzisiaj, wszystko, wszystkie, bardzo,
        naprawdę, pomoc, za pomoc, szybką, szybka, szybko, szybkie, szybki, ekspresowo, odpowiedź,
        wsparcie, reakcję, reakcja, cierpliwość, informację, informacja, info, obsługa, obsługę,
        rozwiązanie, zgłoszenie, zgłoszenia, ticket, sprawa, sprawę, temat, u mnie, u nas, no i, to
        już, tu, też dziękuję, ah, oh, haha, hehe, serdecznie, wielkie, wielki, poprawnie,
        prawidłowo, normalnie, bezproblemowo, tej, ten, ta, te, również, jak należy, jak trzeba, bez
        zarzutu, za wszystko, za szybką reakcję, za szybką pomoc, z całego serca, za rozwiązanie, za
        ogarnięcie
    """,
    trouble="""
        nadal, wciąż, ciągle, dalej, błąd*, błęd*, problem*, awari*, zepsut*, zepsuł*, popsut*,
        psuje, zacina*, zawiesza*, zawiesił*, wiesza, wywala, pada, padł*, blokuje, zablokowan*,
        wolno, brak, brakuje, zginęł*, zniknęł*, niemożliwe, gorzej, źle, ten sam, ta sama, to samo,
        tak samo, wrócił*, wraca, powróci*, znowu, znów nie, ponownie, czasami, czasem, niestety,
        proszę, prosze, prośba, poproszę, czy możecie, czy może, czy można, czy mógł*, możecie,
        mogliby*, mógłby*, mogłaby*, potrzebuję, potrzebuje, potrzebujemy, chciał*, dodać, otworzyć
        ponownie, ponowne otwarcie, czarny, czarna, czarne, pusty, pusta, puste, odrzuc*, odmow*,
        wygas*, nieprawidłow*, nieważn*, utrac*, wczoraj, tylko czasami, przerywa, rozłącza,
        czekam*, oprócz, bez zmian, nie działa, nie działają, nie chodzi, inny błąd, skandal,
        beznadziej*
    """,
    negation="nie, nigdy, nic, żaden, żadna, żadne, ani, bez, niet",
    unsettled="""
        jutro, później, potem, poniedziałek, wtorek, środa, środę, czwartek, piątek, przyszłym
        tygodniu, sprawdzę, sprawdzam, sprawdzić, sprawdzał*, sprawdził*, testuję, testował*,
        przetestuję, przetestował*, spróbuję, próbuję, spróbować, zobaczę, zobaczymy, zobaczyć, dam
        znać, odezwę się, jak tylko, gdy, kiedy, jeśli, jeżeli, może, być może, prawdopodobnie,
        chyba, wydaje się, wygląda, podobno, mam nadzieję, oby, myślę, sądzę, powinno, powinien,
        byłoby, na razie działa, póki co, jak dotąd, urlop*, nie wiem, jak, dlaczego, czemu, co,
        który, która, które, kto, gdzie, czy, muszę
    """,
    but="ale, lecz, jednak, jednakże, tylko że, aczkolwiek, choć, chociaż",
)
